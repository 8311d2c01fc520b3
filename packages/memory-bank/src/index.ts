/**
 * Object memory banks of CrIBo (ICLR 2024, Sec. 3.2.2): nearest neighbours among the objects of earlier images, with the
 * cycle condition that decides which of them to trust.
 * @module
 */
export { Generator, type HostTensor } from '@cribo/tensor';
export type { Block } from './block.js';
export { MemoryBank, type Retrieval, type StagedPush } from './memory-bank.js';
export type { MemoryBankOptions, Variant } from './options.js';
export type { Storage } from './storage.js';
