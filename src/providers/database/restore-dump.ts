import type { Readable } from 'node:stream';
import type { StepContext } from '../../model/drill.ts';
import type { DatabaseBackup } from '../../model/facts.ts';
import type { RestorePlan } from './deferral.ts';
import type { Target } from './target.ts';

export interface RestoreJob extends Pick<StepContext, 'exec' | 'signal'> {
  readonly backup: DatabaseBackup;
  /** Opens one of the backup's keys. */
  readonly open: (key: string) => Promise<Readable>;
  readonly target: Target;
  /** The parallel jobs that pg_restore and index builds may use. */
  readonly jobs: number;
  /** For what has to be kept on disk while restoring. Exists; its files stay. */
  readonly folder: string;
  /** Session settings for those who load and build. */
  readonly settings: Readonly<Record<string, string>>;
  /** What is being done, for people; told again and again by whoever waits. */
  readonly say: (doing: string) => void;
  /** Called with the size of each chunk that arrives. */
  readonly received: (bytes: number) => void;
}

export interface RestoredDump extends RestorePlan {
  /** Rows in the dump by qualified table, where they were seen on the way. */
  readonly rows: Readonly<Record<string, number>> | undefined;
}

/**
 * Restores a dump into an empty database, downloading meanwhile: tables, rows, keys and ordinary indexes, all owned by
 * the target's user. What can wait is returned as a plan and not made. Rejects with RESTORE_FAILED when the dump is at
 * fault, DATABASE_UNREACHABLE or DISK_TOO_SMALL when the ground is, and with what the store fails with.
 */
export async function restoreDump(job: RestoreJob): Promise<RestoredDump> {
  switch (job.backup.format) {
    case 'custom':
      return (await import('./restore-custom.ts')).restoreCustom(job);
    case 'directory':
      return (await import('./restore-directory.ts')).restoreDirectory(job);
    case 'plain':
      return (await import('./restore-plain.ts')).restorePlain(job);
  }
}
