export { type BackendStats, OnnxRuntimeBackend } from './backend.js';
export type { OrtModule } from './ort.js';
export { type OnnxRuntimeOptions, registerOnnxRuntimeBackend } from './register.js';
