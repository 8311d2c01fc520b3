/** A whole number with thin spaces between thousands. */
export const whole = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u202f');

/** A number with `digits` significant digits, never in powers of ten. */
export const significant = (value: number, digits = 3): string =>
  Math.abs(value) >= 10 ** digits ? whole(value) : String(Number(value.toPrecision(digits)));

/** A measured value with exactly three significant digits. */
export const measured = (value: number): string => (Math.abs(value) >= 1000 ? whole(value) : value.toPrecision(3));

/** A share as percent. */
export const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}\u202f%`;

/** Seconds in their largest unit, and the next one where there are less than ten of it. */
export function duration(seconds: number): string {
  const units = [
    ['d', 86400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const;
  const first = units.findIndex(([, length]) => seconds >= length);
  if (first < 0) return `${seconds.toFixed(1)} s`;
  const [name, length] = units[first]!;
  const next = units[first + 1];
  if (seconds >= 10 * length) return `${Math.round(seconds / length)} ${name}`;
  const count = Math.floor(seconds / length);
  const rest = next === undefined ? 0 : Math.floor((seconds - count * length) / next[1]);
  return rest === 0 ? `${count} ${name}` : `${count} ${name} ${rest} ${next![0]}`;
}

/** An ISO 8601 time as date and minute in UTC. */
export const dateTime = (iso: string): string => `${new Date(iso).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
