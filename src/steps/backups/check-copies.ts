import type { StepContext } from '../../model/drill.ts';
import { DrillError } from '../../model/errors.ts';
import type { DatabaseBackup } from '../../model/facts.ts';
import type { ObjectReader } from '../../providers/object-store/index.ts';
import { hashObject } from './hash-object.ts';
import { openStore } from './open-stores.ts';

/** Checks that each second copy holds the newest dump too, byte for byte. A copy that cannot be read is unverified. */
export async function checkCopies(
  ctx: StepContext,
  store: ObjectReader,
  backup: DatabaseBackup,
): Promise<void> {
  for (const { name, store: options } of ctx.config.backups.copies) {
    const base = {
      id: `backup.copy.${name}`,
      claim: `The copy "${name}" holds the newest database backup, byte for byte`,
      expected: `${backup.keys.length === 1 ? backup.keys[0] : `${backup.keys.length} files`} with the same SHA-256`,
    };
    try {
      await using copy = await openStore(ctx, options);
      ctx.progress(`comparing the copy "${name}" at ${copy.location}`);
      const problem = await findDifference(ctx, store, copy, backup);
      ctx.check(
        problem === undefined
          ? { ...base, verdict: 'passed', seen: `the same in ${copy.location}` }
          : {
              ...base,
              verdict: 'missed',
              ...problem,
              hint: 'Look at the job or the rule that replicates backups.',
            },
      );
    } catch (error) {
      ctx.signal.throwIfAborted();
      if (!(error instanceof DrillError) || error.code !== 'STORE_UNREADABLE') throw error;
      ctx.check({ ...base, verdict: 'unverified', seen: error.message, code: error.code, hint: error.hint });
    }
  }
}

async function findDifference(
  { signal }: StepContext,
  store: ObjectReader,
  copy: ObjectReader,
  { keys, sha256 }: DatabaseBackup,
): Promise<{ seen: string; code: string } | undefined> {
  for (const key of keys) {
    const [ours, theirs] = await Promise.all([store.stat(key, { signal }), copy.stat(key, { signal })]);
    if (!theirs) return { seen: `no "${key}" in ${copy.location}`, code: 'BACKUP_MISSING' };
    if (ours && theirs.size !== ours.size)
      return {
        seen: `"${key}" has ${theirs.size} bytes, and ${ours.size} in ${store.location}`,
        code: 'COPY_DIFFERS',
      };
    const wanted = sha256[key] ?? ours?.sha256 ?? (await hashObject(store, key, signal));
    // The copy is read rather than asked: metadata tells what was once uploaded, not what can be had back.
    const found = await hashObject(copy, key, signal);
    if (wanted !== found)
      return {
        seen: `"${key}" has SHA-256 ${found.slice(0, 12)}…, and ${wanted.slice(0, 12)}… is wanted`,
        code: 'COPY_DIFFERS',
      };
  }
  return undefined;
}
