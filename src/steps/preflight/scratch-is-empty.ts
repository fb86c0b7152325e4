import { existsSync } from 'node:fs';
import { readdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Step, StepContext } from '../../model/drill.ts';
import { seconds } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import { requireNoDatabase } from '../../providers/database/scratch-database.ts';
import { givenServer } from '../restore/given-server.ts';
import { isPortFree } from '../../support/ports.ts';
import { findScratchCluster, RUN_LABEL } from '../cluster/scratch-cluster.ts';
import { requireEmptyBucket, scratchBucket } from '../restore/scratch-bucket.ts';

/**
 * A restored database takes several times its compressed dump: indexes, and the dump beside it. Measured on dumps of
 * Mattermost 11.6 (249 MB restored from 26 MB custom-format): docs/objectives.md.
 */
const ROOM_PER_DUMP_BYTE = 12;
/** The dump itself lies in the scratch while it is restored. */
const ROOM_FOR_DUMP = 1;
const ROOM_AT_LEAST = 512 * 2 ** 20;

/** The scratch has nothing in it that is not ours, its port is free and its disk large enough. */
export function scratchIsEmpty(): Step {
  return {
    id: 'scratch-is-empty',
    title: 'Check that the scratch is empty',
    needs: ['backups'],
    gives: ['scratch'],
    promises: ['scratch.empty', 'scratch.room'],
    budget: seconds(30),
    plan: ({ scratch }) => [
      `look into ${[scratch.directory, ...(scratch.files.kind === 'bucket' ? [`bucket ${scratch.files.store.bucket}`] : [])].join(' and ')}, at its free space, and at ${scratch.kind === 'kubernetes' ? `namespace ${scratch.namespace}` : `port ${scratch.address}:${scratch.port ?? 443}`}`,
    ],
    async run(ctx) {
      const { scratch, site } = ctx.config;
      const port = scratch.port ?? (Number(new URL(site.url).port) || 443);
      const bucket = scratchBucket(ctx.config);
      await requireEmptyFolder(scratch.directory);
      const server = await givenServer(ctx);
      if (server) await requireNoDatabase(server);
      const inBucket = bucket && (await requireEmptyBucket(ctx, bucket));
      const place = await requireFreePlace(ctx, port);
      ctx.check({
        id: 'scratch.empty',
        claim: 'The scratch is empty, and nobody is where the site is to be',
        verdict: 'passed',
        expected: `nothing in ${[scratch.directory, ...(inBucket ? [inBucket] : [])].join(' and ')}, ${place}`,
        seen: 'as expected',
      });
      await requireRoom(ctx);
      ctx.set('scratch', {
        directory: scratch.directory,
        address: scratch.address,
        port,
        databaseDirectory:
          scratch.database.kind === 'cluster' ? path.join(scratch.directory, 'database') : null,
      });
    },
  };
}

/** In a cluster the ingress controller has the port, and the namespace is what must not be there. */
async function requireFreePlace(ctx: StepContext, port: number): Promise<string> {
  const { address } = ctx.config.scratch;
  const inCluster = await findScratchCluster(ctx);
  if (inCluster === undefined) {
    if (!(await isPortFree(port, address))) throw portTaken(address, port);
    return `nobody on ${address}:${port}`;
  }
  const { cluster, settings } = inCluster;
  const { namespace } = settings;
  const found = await cluster.read(
    { apiVersion: 'v1', kind: 'Namespace', name: namespace },
    { signal: ctx.signal },
  );
  if (found === undefined) return `no namespace ${namespace}`;
  const run = found.metadata.labels?.[RUN_LABEL];
  throw new DrillError('SCRATCH_NOT_EMPTY', `namespace ${namespace} is there already`, {
    details: { at: cluster.location, ...(run !== undefined && { run }) },
    hint:
      run === undefined
        ? 'No run of Muster has made it, and none deletes it: give scratch.namespace another name.'
        : `Run ${run} has made it: \`muster undo ${run}\`, where it was run.`,
  });
}

async function requireEmptyFolder(directory: string): Promise<void> {
  const entries = existsSync(directory) ? await readdir(directory) : [];
  if (entries.length === 0) return;
  throw new DrillError(
    'SCRATCH_NOT_EMPTY',
    `scratch folder ${directory} must be empty, and it holds ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}`,
    {
      details: { entries: entries.slice(0, 5).join(', ') },
      hint: 'If an earlier run left them, `muster list --kept` and `muster undo RUN`; else give scratch.directory another path. Muster deletes nothing that it did not make.',
    },
  );
}

/** Rejects with DISK_TOO_SMALL. */
export async function requireRoom(ctx: StepContext): Promise<void> {
  const { database, files } = ctx.get('backups');
  // A given server keeps the restored database on a disk that cannot be asked from here.
  const elsewhere = ctx.config.scratch.database.kind === 'server';
  const needed = Math.max(
    ROOM_AT_LEAST,
    database.bytes * (elsewhere ? ROOM_FOR_DUMP : ROOM_PER_DUMP_BYTE) + files.bytes * 2,
  );
  const parent = firstExisting(ctx.config.scratch.directory);
  const { bavail, bsize } = await statfs(parent);
  const free = bavail * bsize;
  const check = {
    id: 'scratch.room',
    claim: 'The disk has room for the restored copy',
    expected: `${gibibytes(needed)} for a dump of ${gibibytes(database.bytes)} and files of ${gibibytes(files.bytes)}`,
    seen: `${gibibytes(free)} free at ${parent}${elsewhere ? "; the database server's own disk was not looked at" : ''}`,
  };
  if (free >= needed) return ctx.check({ ...check, verdict: 'passed' });
  throw new DrillError('DISK_TOO_SMALL', `the scratch needs ${check.expected}, and there is ${check.seen}`, {
    hint: 'Free space there, or give scratch.directory a larger disk.',
  });
}

function firstExisting(directory: string): string {
  return existsSync(directory) ? directory : firstExisting(path.dirname(directory));
}

function gibibytes(bytes: number): string {
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

function portTaken(address: string, port: number): DrillError {
  return new DrillError(
    'PORT_TAKEN',
    `port ${port} on ${address} is taken, and the restored site would listen there`,
    {
      hint: `See who has it with \`ss -ltnp 'sport = :${port}'\`, or give scratch.port or scratch.address another value.`,
    },
  );
}
