import type { KernelTable } from './call.js';

export const imageKernels: KernelTable = {};
