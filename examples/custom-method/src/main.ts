import { registerOnnxRuntimeBackend } from '@cribo/backend-onnxruntime';
import * as tf from '@tensorflow/tfjs-core';
import { train } from './train.js';

await registerOnnxRuntimeBackend();
await tf.setBackend('onnxruntime');
await train(Number(process.argv[2] ?? 30), (step, loss) => console.log(`step ${step}: loss ${loss.toFixed(3)}`));
