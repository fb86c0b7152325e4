import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DrillError } from '../model/errors.ts';
import { isRunning, readStartTime, type ProcessRef } from '../support/processes.ts';

interface LockHolder extends ProcessRef {
  readonly run: string;
}

export interface ScratchLock {
  /** The scratch is clean: the next run may have it. */
  release(): void;
}

/**
 * Keeps two runs off one scratch. The lock is a file that outlives the process until somebody has seen that the scratch
 * is clean: a run that was kept, that died or that could not clean up keeps it, and only the same run (`muster undo`,
 * `muster run --resume`) takes it over. Throws RUN_LOCKED.
 */
export function lockScratch(scratchDirectory: string, run: string): ScratchLock {
  const file = lockFile(scratchDirectory);
  const mine: LockHolder = { run, pid: process.pid, startTime: readStartTime(process.pid) ?? '' };
  mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    // A link either is made with all of its content or is not made: nobody can read half a lock.
    linkSync(draft, file);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
    const holder = readHolder(file);
    const elsewhere = holder?.pid !== process.pid;
    if (holder === undefined || holder.run !== run || (elsewhere && isRunning(holder)))
      throw locked(scratchDirectory, file, holder);
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    release() {
      if (readHolder(file)?.run === run) rmSync(file, { force: true });
    },
  };
}

/** The run that has this scratch now: under way, kept, or left by a process that died. Undefined where none has. */
export function findScratchHolder(
  scratchDirectory: string,
): { readonly run: string; readonly underWay: boolean } | undefined {
  const holder = readHolder(lockFile(scratchDirectory));
  return holder && { run: holder.run, underWay: isRunning(holder) };
}

function locked(scratch: string, file: string, holder: LockHolder | undefined): DrillError {
  if (holder === undefined)
    return new DrillError('RUN_LOCKED', `scratch ${scratch} is locked, and its lock cannot be read`, {
      details: { lock: file },
      hint: 'See whether a run is under way (`muster list --runs`); if none is, delete the lock.',
    });
  const { run, pid } = holder;
  const alive = isRunning(holder);
  return new DrillError(
    'RUN_LOCKED',
    `scratch ${scratch} belongs to run ${run}, ${alive ? `which is under way (process ${pid})` : 'which was kept, or whose process died'}`,
    {
      details: { lock: file },
      hint: alive
        ? 'Wait for it, or give this run another scratch.directory.'
        : `Clean up with \`muster undo ${run}\`, or go on with \`muster run --resume ${run}\`.`,
    },
  );
}

function lockFile(scratchDirectory: string): string {
  return `${scratchDirectory}.lock`;
}

function readHolder(file: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LockHolder;
  } catch {
    return undefined;
  }
}
