/** A choice between the method as the paper states it and as the authors' released code computes it. */
export type Variant = 'paper' | 'released';
