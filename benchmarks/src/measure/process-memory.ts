import { readFileSync, writeFileSync } from 'node:fs';

/** Resident memory of this process in MiB. */
export const rssMiB = (): number => process.memoryUsage.rss() / 2 ** 20;

/**
 * The highest resident memory of this process in MiB. Linux keeps it per program; what the C library reports there
 * counts the process that started this one as well.
 */
export function peakRssMiB(): number {
  const linux = statusLine('VmHWM');
  return linux === undefined ? process.resourceUsage().maxRSS / 1024 : linux / 1024;
}

/** Lets `peakRssMiB` count from now on. False where the system has no such thing; then it goes on counting from the start. */
export function restartPeak(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

/** A figure of /proc/self/status, which is in kB. */
function statusLine(name: string): number | undefined {
  try {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
    return found ? Number(found[1]) : undefined;
  } catch {
    return undefined;
  }
}
