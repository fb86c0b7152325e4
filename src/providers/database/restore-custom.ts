import { rm } from 'node:fs/promises';
import path from 'node:path';
import { openDownload } from './download.ts';
import { keepStream } from './follow-file.ts';
import { buildKeysAndIndexes, pgRestore } from './pg-restore.ts';
import type { RestoredDump, RestoreJob } from './restore-dump.ts';

/**
 * One file. Rows are loaded from the very stream that is being kept on disk, so all of COPY hides behind the transfer;
 * keys and indexes then come from the file, by as many jobs as there are.
 */
export async function restoreCustom(job: RestoreJob): Promise<RestoredDump> {
  const [key = ''] = job.backup.keys;
  const file = path.join(job.folder, 'database.dump');
  await rm(file, { force: true });
  job.say('downloading the dump and loading its rows');
  const source = await openDownload(job, key);
  const kept = await keepStream(source, file);
  try {
    await pgRestore(job, ['--section=pre-data', '--section=data'], {
      input: kept.follow(),
      source: kept.done,
    });
  } catch (error) {
    source.destroy();
    throw error;
  }
  job.say('downloading the rest of the dump');
  await kept.done;
  const plan = await buildKeysAndIndexes(job, file);
  return { ...plan, rows: undefined };
}
