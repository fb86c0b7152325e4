import path from 'node:path';
import { execa } from 'execa';
import { isClusterDrill, type LabGround, type QuarantinedCopy } from '../../lab/sabotages/sabotage.ts';
import { launchedProcesses } from '../engine/left-behind.ts';
import type { StepContext } from '../model/drill.ts';
import { openRestored } from '../steps/restore/restored-database.ts';
import { backupFolder } from './backup-folder.ts';
import { linkedFolder, requireFolder } from './copy-files.ts';
import { withStores, type OpenGround } from './ground.ts';
import { provingDrill } from './proving-drills.ts';
import { takeDrill, type DrillOrder, type TakenDrill } from './take-drill.ts';

/** Runs a proving drill on a copy of its own. */
export async function takeOnCopy(ground: OpenGround, order: DrillOrder): Promise<TakenDrill> {
  const { kind, number, sabotage } = order;
  if (isClusterDrill(kind)) throw new TypeError(`${kind} is no drill on this machine`);
  return takeDrill(ground, order, async ({ folder, on, events }) => {
    const stores = path.join(folder, 'stores');
    if (sabotage.backups) {
      await execa('cp', ['--archive', '--link', ground.pristine, stores]);
      await sabotage.backups(backupFolder(ground, stores, on));
    }
    const config = {
      ...(sabotage.backups ? withStores(ground.config, stores) : ground.config),
      scratch: scratchOf(ground, number),
    };
    const drill = provingDrill(kind, ground, sabotage, {
      ...(sabotage.copy && { copy: (ctx) => onCopy(ctx, on, (copy) => sabotage.copy?.(copy)) }),
      ...(sabotage.quarantined && {
        quarantined: (ctx) => onCopy(ctx, on, (copy) => sabotage.quarantined?.(copy)),
      }),
      ...(sabotage.site && {
        site: (ctx) =>
          onCopy(ctx, on, ({ query }) =>
            sabotage.site?.({
              ...on,
              config: ctx.config,
              facts: factsOf(ctx),
              query,
              end: (role) => ctx.endLaunched(role),
              find: (role) => launchedProcesses(events).findLast((launched) => launched.role === role),
            }),
          ),
      }),
    });
    return { config, drill };
  });
}

/** Copies are told apart by their scratch: database and folder have its name. */
function scratchOf({ config, directory }: OpenGround, number: number) {
  const { scratch } = config;
  if (scratch.database.kind !== 'server') throw new TypeError('copies live on a server of the ground');
  const name = `copy_${number}`;
  return { ...scratch, directory: path.join(directory, name), database: { ...scratch.database, name } };
}

async function onCopy(
  ctx: StepContext,
  on: LabGround,
  work: (copy: QuarantinedCopy) => Promise<void> | undefined,
): Promise<void> {
  const files = linkedFolder(requireFolder(ctx.get('files')).directory);
  await onRestored(ctx, (restored) => work({ ...on, ...restored, files }));
}

/** Does something to a restored database, and to what the site is started with. */
export async function onRestored(
  ctx: StepContext,
  work: (restored: Pick<QuarantinedCopy, 'query' | 'environment'>) => Promise<void> | undefined,
): Promise<void> {
  await using connection = await openRestored(ctx.get('database'));
  await work({
    query: async (sql, values) => (await connection.client.query(sql, values && [...values])).rows,
    environment(settings) {
      const told = ctx.get('quarantine');
      ctx.set('quarantine', { ...told, environment: { ...told.environment, ...settings } });
    },
  });
}

function factsOf(ctx: StepContext) {
  const names = ['database', 'files', 'network', 'scratch', 'site', 'samples', 'accounts'] as const;
  return Object.fromEntries(names.map((name) => [name, ctx.find(name)]));
}
