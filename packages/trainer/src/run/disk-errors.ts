import { listCheckpoints } from '../checkpoint/folder.js';
import { InputError } from '../errors.js';

const reasons: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EIO: 'the disk reports an error',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'it is a file, not a folder',
};

/** Whether an error is the file system's refusal to write. */
export const isDiskError = (error: unknown) =>
  Object.hasOwn(reasons, String((error as NodeJS.ErrnoException | undefined)?.code));

/** What a failed write to a run folder means to the person who started the run; other errors come back as they are. */
export function explainDiskError(error: unknown, runDir: string): unknown {
  if (!isDiskError(error)) return error;
  const reason = reasons[(error as NodeJS.ErrnoException).code!];
  const newest = listedCheckpoints(runDir).at(-1);
  const next =
    newest === undefined
      ? 'choose another --out or mend that, then start again'
      : `nothing up to its newest checkpoint ${newest} is lost; mend that, then continue with --resume`;
  return new InputError(`${runDir} cannot be written: ${reason}; ${next}.`, { cause: error });
}

function listedCheckpoints(runDir: string): string[] {
  try {
    return listCheckpoints(runDir);
  } catch {
    return [];
  }
}
