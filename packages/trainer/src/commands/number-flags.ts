import { InvalidArgumentError, Option } from 'commander';

/** A flag's value as a positive whole number. */
export function whole(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('expected a positive whole number');
  return number;
}

/** A flag's value as whole numbers with commas between them. */
export function wholes(value: string): number[] {
  const parts = value.split(',');
  const numbers = parts.map(Number);
  if (parts.some((part) => part.trim() === '') || numbers.some((number) => !Number.isInteger(number) || number < 0)) {
    throw new InvalidArgumentError('expected whole numbers with commas between them');
  }
  return numbers;
}

/** A flag's value as a number of at least 0. */
export function notNegative(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number) || number < 0) {
    throw new InvalidArgumentError('expected a number of at least 0');
  }
  return number;
}

/** A flag's value as a positive number. */
export function positive(value: string): number {
  const number = Number(value);
  if (!(number > 0 && Number.isFinite(number))) throw new InvalidArgumentError('expected a positive number');
  return number;
}

/** A flag's value as positive numbers with commas between them. */
export function positives(value: string): number[] {
  const numbers = value.split(',').map(Number);
  if (numbers.some((number) => !(number > 0 && Number.isFinite(number)))) {
    throw new InvalidArgumentError('expected positive numbers with commas between them');
  }
  return numbers;
}

/** A flag's value as a whole number of at least 0. */
export function count(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isInteger(number) || number < 0) {
    throw new InvalidArgumentError('expected a whole number of at least 0');
  }
  return number;
}

/** An option whose value is a list; the help shows the default as one types it. */
export const listOption = (
  flag: string,
  description: string,
  parse: (value: string) => number[],
  values: readonly number[],
): Option => new Option(flag, description).argParser(parse).default(values, values.join(','));
