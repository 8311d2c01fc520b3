import { InputError } from '../errors.js';

/** @throws InputError of one sentence that names the flag if a square of so many pixels does not consist of whole patches */
export function checkWholePatches(flag: string, pixels: number, patchSize: number): void {
  if (pixels % patchSize !== 0) {
    throw new InputError(`${flag} is ${pixels}, expected a multiple of the checkpoint's patch size ${patchSize}.`);
  }
}
