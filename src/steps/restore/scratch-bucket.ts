import type { Config, S3StoreConfig, StoreConfig } from '../../model/config.ts';
import type { StepContext } from '../../model/drill.ts';
import { DrillError } from '../../model/errors.ts';
import { openScratch, type ObjectScratch } from '../../providers/object-store/index.ts';
import { hostOf, isSamePlace, plainHost } from '../../providers/object-store/same-place.ts';
import { matchesHost } from '../../support/host-patterns.ts';
import { openStore, readCredentials } from '../backups/open-stores.ts';

/** The bucket that the files are restored to; undefined where they go into a folder. */
export function scratchBucket({ scratch: { files } }: Pick<Config, 'scratch'>): S3StoreConfig | undefined {
  return files.kind === 'bucket' ? files.store : undefined;
}

/** Opens this run's own folder in the bucket. */
export async function openRunScratch(
  ctx: Pick<StepContext, 'secret' | 'runId'>,
  bucket: S3StoreConfig,
): Promise<ObjectScratch> {
  return openScratch(bucket, await readCredentials(ctx, bucket), ctx.runId);
}

/**
 * Rejects with SCRATCH_IS_PRODUCTION for a bucket that anything else lives in: backups, their copies, the archive, or
 * the files of production as far as its cluster's backup names them. A prefix of its own there does not help.
 */
export function refuseProductionBucket(ctx: Pick<StepContext, 'config' | 'find'>): void {
  const { config } = ctx;
  const bucket = scratchBucket(config);
  if (bucket === undefined) return;
  const endpoint = hostOf(bucket);
  for (const host of [endpoint, endpoint.replace(/:\d+$/, ''), `${bucket.bucket}.${endpoint}`])
    if (matchesHost(host, config.site.production.hosts)) refuse(`${host} is listed in site.production.hosts`);
  for (const [what, store] of storesOf(config))
    if (isSamePlace(store, bucket)) refuse(`bucket "${bucket.bucket}" at ${endpoint} is also ${what}`);
  const { MM_FILESETTINGS_AMAZONS3BUCKET: served, MM_FILESETTINGS_AMAZONS3ENDPOINT: at } =
    ctx.find('cluster')?.environment ?? {};
  if (served === bucket.bucket && (at === undefined || plainHost(at) === endpoint))
    refuse(`production serves its files from bucket "${served}"`);
}

/** Rejects with SCRATCH_NOT_EMPTY when the configured prefix holds anything, a run of before included. */
export async function requireEmptyBucket(
  ctx: Pick<StepContext, 'secret' | 'signal'>,
  bucket: S3StoreConfig,
): Promise<string> {
  await using store = await openStore(ctx, bucket);
  for await (const { key } of store.list('', { signal: ctx.signal })) {
    throw new DrillError('SCRATCH_NOT_EMPTY', `${store.location} is not empty: it holds "${key}"`, {
      hint: 'If an earlier run left it, `muster list --kept` and `muster undo RUN`; else give scratch.files.store.prefix another value. Muster deletes nothing that it did not make.',
    });
  }
  return store.location;
}

function storesOf({ backups, archive }: Config): readonly (readonly [string, StoreConfig])[] {
  return [
    ['backups.store', backups.store],
    ...(backups.velero?.store ? [['backups.velero.store', backups.velero.store] as const] : []),
    ...backups.copies.map(({ name, store }) => [`the copy "${name}" of the backups`, store] as const),
    ...(archive ? [['archive.store', archive.store] as const] : []),
  ];
}

function refuse(why: string): never {
  throw new DrillError('SCRATCH_IS_PRODUCTION', `the bucket for restored files may be production's: ${why}`, {
    hint: 'Nothing was written. Point scratch.files.store at a bucket of the drill.',
  });
}
