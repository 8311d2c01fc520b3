/** Bad input from the person at the keyboard. The command prints the message alone and exits with code 2. */
export class InputError extends Error {
  override name = 'InputError';
}

/** Runs `read`, which looks at files or values the user named, and turns what it throws into an `InputError`. */
export async function fromInput<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
