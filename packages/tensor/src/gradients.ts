// Registers the gradient of every tfjs kernel with the global engine. tfjs publishes this file as ESM that plain Node
// cannot import, so the build bundles it (see tsup.config.ts); tfjs-core itself stays external, and its registries are
// shared. tfjs-core comes first: whichever copy loads first makes the engine and its tensors.
import '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
