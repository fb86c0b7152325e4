import path from 'node:path';
import type { S3StoreConfig } from '../../model/config.ts';
import type { Step, StepContext } from '../../model/drill.ts';
import { hours } from '../../model/duration.ts';
import { formatBytes, createProgressMeter } from '../backups/progress-meter.ts';
import { findScratchCluster, type ScratchCluster } from '../cluster/scratch-cluster.ts';
import { openBackupStore } from '../backups/open-stores.ts';
import { downloadFolder } from './download-folder.ts';
import { findFileStoreRoot } from './file-store-root.ts';
import { openBucketTarget, openFolderTarget, type FileTarget } from './file-target.ts';
import {
  openRunScratch,
  refuseProductionBucket,
  requireEmptyBucket,
  scratchBucket,
} from './scratch-bucket.ts';
import { makeEmptyFolder, removeFolder } from './scratch-folder.ts';
import { unpackTar } from './unpack-tar.ts';
import { restoreVolume, undoRestoreVolume } from './volume/restore-volume.ts';

/** What came back of the file store. */
export interface FetchedFiles {
  readonly objects: number;
  readonly bytes: number;
  /** Each as a sentence: a file that is not what its manifest says. */
  readonly problems: readonly string[];
  /** How many were held against a hash. */
  readonly hashed: number;
}

/** Restores the file store, from a folder of objects or from a tar, into a folder of the scratch or a bucket; or from a volume that Velero saved. */
export function restoreFiles(): Step {
  return {
    title: 'Restore the files',
    id: 'restore-files',
    needs: ['backups', 'scratch'],
    gives: ['files', 'filesBucket'],
    promises: ['restore.files-match-backup'],
    condemnedBy: ['backup.files.readable'],
    beside: true,
    budget: hours(8),
    plan: ({ backups, scratch }) => {
      if (scratch.kind === 'kubernetes' && scratch.files.kind === 'volume')
        return [
          `make a Restore of the file store’s volume into namespace ${scratch.namespace}, through a pod that is made harmless`,
          'list what is on it, and compare its size with what Velero saved',
        ];
      const bucket = scratchBucket({ scratch });
      const where =
        bucket === undefined
          ? path.join(scratch.directory, 'files')
          : `s3://${[bucket.bucket, bucket.prefix.replace(/^\/+|\/+$/g, ''), 'RUN/'].filter(Boolean).join('/')}`;
      return [
        ...(bucket === undefined
          ? []
          : ['refuse unless that prefix is empty and the bucket has no other use']),
        `download the newest backup under ${backups.files.prefix} into ${where}, and check sizes and hashes`,
      ];
    },
    async run(ctx) {
      const bucket = scratchBucket(ctx.config);
      const inCluster = await findVolumeScratch(ctx);
      if (inCluster !== undefined) await restoreToVolume(ctx, inCluster);
      else await (bucket === undefined ? restoreToFolder(ctx) : restoreToBucket(ctx, bucket));
    },
    async undo(ctx) {
      const inCluster = await findVolumeScratch(ctx);
      if (inCluster !== undefined) await undoRestoreVolume(ctx, inCluster);
      const scratch = ctx.find('scratch');
      if (scratch) await removeFolder(ctx, filesFolder(scratch.directory));
      await clearBucket(ctx);
    },
  };
}

const filesFolder = (scratch: string): string => path.join(scratch, 'files');

async function restoreToFolder(ctx: StepContext): Promise<void> {
  const folder = filesFolder(ctx.get('scratch').directory);
  ctx.created({ kind: 'folder', name: folder });
  await makeEmptyFolder(folder);
  const { objects, bytes } = await restore(ctx, openFolderTarget(folder));
  ctx.set('files', { kind: 'folder', directory: await findFileStoreRoot(folder), objects, bytes });
}

/** The cluster, where the site is to have its files on a volume. */
async function findVolumeScratch({ config }: StepContext): Promise<ScratchCluster | undefined> {
  return config.scratch.files.kind === 'volume' ? findScratchCluster({ config }) : undefined;
}

/** The folder is for the list of what is there. */
async function restoreToVolume(ctx: StepContext, inCluster: ScratchCluster): Promise<void> {
  const folder = filesFolder(ctx.get('scratch').directory);
  ctx.created({ kind: 'folder', name: folder });
  await makeEmptyFolder(folder);
  await restoreVolume(ctx, inCluster, folder);
}

async function restoreToBucket(ctx: StepContext, bucket: S3StoreConfig): Promise<void> {
  refuseProductionBucket(ctx);
  // What this run left there at an earlier try is its own.
  await clearBucket(ctx);
  await requireEmptyBucket(ctx, bucket);
  await using scratch = await openRunScratch(ctx, bucket);
  const { location, prefix } = scratch;
  ctx.created({ kind: 'bucket-prefix', name: location });
  // Undo deletes only where this fact is: from here on all that is in the run's folder is the run's.
  ctx.set('filesBucket', { location });
  const target = openBucketTarget(scratch);
  const { objects, bytes } = await restore(ctx, target);
  ctx.set('files', { kind: 'bucket', prefix: prefix + target.root(), objects, bytes });
}

async function clearBucket(ctx: StepContext): Promise<void> {
  const bucket = scratchBucket(ctx.config);
  const made = ctx.find('filesBucket');
  if (bucket === undefined || made === undefined) return;
  await using scratch = await openRunScratch(ctx, bucket);
  await scratch.clear({ signal: ctx.signal });
  // Another bucket than the one that was written to says nothing about that one.
  if (scratch.location === made.location) ctx.removed({ kind: 'bucket-prefix', name: made.location });
}

async function restore(ctx: StepContext, target: FileTarget): Promise<FetchedFiles> {
  const { files: backup } = ctx.get('backups');
  await using store = await openBackupStore(ctx);
  await using meter = createProgressMeter(ctx, backup.bytes);
  meter.say(
    `downloading ${backup.objects} ${backup.objects === 1 ? 'object' : 'objects'} (${formatBytes(backup.bytes)}) of the file store`,
  );
  const started = performance.now();
  const job = { store, backup, target, signal: ctx.signal, received: meter.received };
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
  return fetched;
}
