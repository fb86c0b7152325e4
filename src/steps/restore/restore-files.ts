import path from 'node:path';
import type { Step, StepContext } from '../../model/drill.ts';
import { hours } from '../../model/duration.ts';
import { formatBytes, createProgressMeter } from '../backups/progress-meter.ts';
import { openBackupStore } from '../backups/open-stores.ts';
import { downloadFolder } from './download-folder.ts';
import { findFileStoreRoot } from './file-store-root.ts';
import { makeEmptyFolder, removeFolder } from './scratch-folder.ts';
import { unpackTar } from './unpack-tar.ts';

/** What came back of the file store. */
export interface FetchedFiles {
  readonly objects: number;
  readonly bytes: number;
  /** Each as a sentence: a file that is not what its manifest says. */
  readonly problems: readonly string[];
  /** How many were held against a hash. */
  readonly hashed: number;
}

/** Restores the file store into a folder of the scratch, from a folder of objects or from a tar. */
export function restoreFiles(): Step {
  return {
    title: 'Restore the files',
    id: 'restore-files',
    needs: ['backups', 'scratch'],
    gives: ['files'],
    promises: ['restore.files-match-backup'],
    condemnedBy: ['backup.files.readable'],
    budget: hours(8),
    plan: ({ backups, scratch }) => [
      `download the newest backup under ${backups.files.prefix} into ${path.join(scratch.directory, 'files')}, and check sizes and hashes`,
    ],
    run,
    async undo(ctx) {
      const scratch = ctx.find('scratch');
      if (scratch) await removeFolder(ctx, filesFolder(scratch.directory));
    },
  };
}

const filesFolder = (scratch: string): string => path.join(scratch, 'files');

async function run(ctx: StepContext): Promise<void> {
  const { files: backup } = ctx.get('backups');
  const folder = filesFolder(ctx.get('scratch').directory);
  ctx.created({ kind: 'folder', name: folder });
  await makeEmptyFolder(folder);

  await using store = await openBackupStore(ctx);
  await using meter = createProgressMeter(ctx, backup.bytes);
  meter.say(
    `downloading ${backup.objects} ${backup.objects === 1 ? 'object' : 'objects'} (${formatBytes(backup.bytes)}) of the file store`,
  );
  const started = performance.now();
  const job = { store, backup, folder, signal: ctx.signal, received: meter.received };
  const fetched = backup.kind === 'tar' ? await unpackTar(job) : await downloadFolder(job);
  ctx.metric({
    key: 'files_restore_seconds',
    value: (performance.now() - started) / 1000,
    unit: 's',
    better: 'lower',
  });

  const { objects, bytes, problems, hashed } = fetched;
  const [first] = problems;
  ctx.check({
    id: 'restore.files-match-backup',
    claim: 'The restored files are those of the backup',
    verdict: objects === 0 ? 'unverified' : first === undefined ? 'passed' : 'missed',
    expected: `every file with its size${hashed > 0 ? ', and with the hash that the manifest gives' : ''}`,
    seen:
      first === undefined
        ? `${objects} files, ${formatBytes(bytes)}, ${hashed} hashes compared`
        : `${problems.length} differ: ${first}`,
    ...(first !== undefined && {
      code: 'FILES_DIFFER',
      hint: 'The backup changed after it was taken: look at the upload, and at older versions of these objects.',
    }),
  });
  ctx.set('files', { directory: await findFileStoreRoot(folder), objects, bytes });
}
