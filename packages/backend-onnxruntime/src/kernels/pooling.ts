import type { KernelTable } from './call.js';

export const poolingKernels: KernelTable = {};
