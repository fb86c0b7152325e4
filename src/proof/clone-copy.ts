import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { Step, StepContext } from '../model/drill.ts';
import { minutes, seconds } from '../model/duration.ts';
import { watchSwitch } from '../providers/dns/resolvers.ts';
import { markScratch } from '../providers/database/scratch-marker.ts';
import { withClient } from '../providers/database/target.ts';
import { openZone } from '../steps/dns-zone.ts';
import { removeFolder } from '../steps/restore/scratch-folder.ts';
import { cloneDatabase, dropDatabase, onServer } from './clone-database.ts';
import { requireFolder } from './copy-files.ts';
import type { Sabotage } from '../../lab/sabotages/sabotage.ts';
import type { OpenGround } from './ground.ts';

/**
 * Takes the place of a restore: a clone of the ground's template, made in a moment. The database is copied by its
 * server, files are linked.
 */
export function cloneCopy(
  ground: OpenGround,
  changeCluster: Sabotage['cluster'] = (unchanged) => unchanged,
): Step {
  const { template } = ground;
  return {
    title: 'Clone the restored copy',
    id: 'clone-copy',
    gives: ['backups', 'baseline', 'cluster', 'scratch', 'database', 'files', 'samples'],
    budget: minutes(2),
    async run(ctx) {
      const { directory, port = template.scratch.port } = ctx.config.scratch;
      const name = databaseName(ctx);
      ctx.set('scratch', { ...template.scratch, directory, port });
      ctx.created({ kind: 'folder', name: filesFolder(ctx) });
      await mkdir(directory, { recursive: true, mode: 0o755 });
      await cloneDatabase(ground, name);
      await withClient(onServer(ground.cluster), (client) => markScratch(client, name, ctx.runId));
      ctx.set('database', { ...template.database, name });
      const original = requireFolder(template.files);
      const from = path.join(template.scratch.directory, 'files');
      await execa('cp', ['--archive', '--link', from, directory]);
      ctx.set('files', {
        ...original,
        directory: path.join(filesFolder(ctx), path.relative(from, original.directory)),
      });
      ctx.set('backups', template.backups);
      ctx.set('baseline', template.baseline);
      ctx.set('cluster', changeCluster(template.cluster));
      ctx.set('samples', template.samples);
    },
    async undo(ctx) {
      await dropDatabase(ground, databaseName(ctx));
      await removeFolder(ctx, filesFolder(ctx));
    },
  };
}

const filesFolder = ({ config }: StepContext): string => path.join(config.scratch.directory, 'files');

/** Each copy its own. */
const databaseName = ({ config }: StepContext): string => path.basename(config.scratch.directory);

/** Takes the place of a failover that is not itself on trial: the name stays at the scratch from one copy to the next. */
export function nameIsSwitched(): Step {
  return {
    title: 'Leave the name at the scratch',
    id: 'name-is-switched',
    needs: ['scratch'],
    gives: ['switched'],
    budget: minutes(1),
    async run(ctx) {
      const { dns } = ctx.config;
      const { address } = ctx.get('scratch');
      await pointName(ctx, address);
      ctx.set('switched', { name: dns.name, from: [], to: address, resolvers: {} });
    },
  };
}

/** Points the lab's name at an address, and waits until every resolver has it. */
export async function pointName(ctx: StepContext, address: string): Promise<void> {
  const { dns } = ctx.config;
  if (dns.kind !== 'rfc2136') throw new TypeError("the lab's zone takes updates");
  await using zone = await openZone(ctx);
  const { addresses, ttl } = await zone.current(dns.name, { signal: ctx.signal });
  if (addresses.length === 1 && addresses[0] === address) return;
  await zone.point(dns.name, address, { ttl: dns.ttl, signal: ctx.signal });
  await watchSwitch({
    name: dns.name,
    expected: address,
    resolvers: dns.resolvers,
    timeout: seconds(ttl + 10),
    signal: ctx.signal,
  });
}
