// Clusters a photo, or without one a drawn scene:
//   node --conditions=@cribo/source --import tsx examples/cluster-only/src/main.ts [photo] [output.png]
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { clusterPicture } from './cluster-picture.js';
import { drawScene } from './scene.js';

const [photo, output = 'clusters.png'] = process.argv.slice(2);
await tf.setBackend('cpu');
const { shared } = await clusterPicture(photo ?? (await drawScene()), output);
console.log(`${shared.length} clusters are in both views; see ${output}`);
