import { machine, softwareVersions } from '@cribo/trainer';

/** Where, when and how something was measured. */
export interface Environment {
  /** ISO 8601 */
  date: string;
  /** As it was typed. */
  command: string;
  machine: ReturnType<typeof machine> & { node: string };
  versions: Record<string, string>;
}

export function environment(): Environment {
  return {
    date: new Date().toISOString(),
    command: ['bench', ...process.argv.slice(2)].join(' '),
    machine: { ...machine(), node: process.version },
    versions: softwareVersions(),
  };
}

/** The same in one line. */
export function environmentLine({ machine: { cpu, cores, memoryGiB }, versions }: Environment): string {
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB; ${software.join(', ')}`;
}
