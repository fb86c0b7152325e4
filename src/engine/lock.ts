import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DrillError } from '../model/errors.ts';
import { isRunning, readStartTime, type ProcessRef } from '../support/processes.ts';

interface LockHolder extends ProcessRef {
  readonly run: string;
}

/**
 * Keeps two runs off one scratch. The lock outlives a process that died, because what it made is still there: only
 * `muster undo` (or the same run, resumed) takes it over. Throws RUN_LOCKED.
 */
export function lockScratch(scratchDirectory: string, run: string): Disposable {
  const file = `${scratchDirectory}.lock`;
  mkdirSync(path.dirname(file), { recursive: true });
  const mine: LockHolder = { run, pid: process.pid, startTime: readStartTime(process.pid) ?? '' };
  try {
    writeFileSync(file, JSON.stringify(mine), { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
    const holder = readHolder(file);
    if (holder && (holder.run !== run || isRunning(holder)))
      throw locked(scratchDirectory, holder, isRunning(holder));
    writeFileSync(file, JSON.stringify(mine), { mode: 0o600 });
  }
  return {
    [Symbol.dispose]() {
      if (readHolder(file)?.run === run) rmSync(file, { force: true });
    },
  };
}

function locked(scratch: string, { run, pid }: LockHolder, alive: boolean): DrillError {
  return new DrillError(
    'RUN_LOCKED',
    `scratch ${scratch} belongs to run ${run}${alive ? `, which is under way (process ${pid})` : ', whose process is gone'}`,
    {
      hint: alive
        ? 'Wait for it, or give this run another scratch.directory.'
        : `Clean up with \`muster undo ${run}\`, or go on with \`muster run --resume ${run}\`.`,
    },
  );
}

function readHolder(file: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LockHolder;
  } catch {
    return undefined;
  }
}
