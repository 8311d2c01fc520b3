import type { KernelTable } from './call.js';

export const convolutionKernels: KernelTable = {};
