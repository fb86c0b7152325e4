import { chmod, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ScratchConfig } from '../../model/config.ts';
import type { Step, StepContext } from '../../model/drill.ts';
import { minutes } from '../../model/duration.ts';
import { requireTool } from '../../support/tools.ts';
import { parseQuantity } from '../cluster/quantity.ts';
import { openRestored } from '../restore/restored-database.ts';
import { openClientNetwork, privateFolder } from '../verify/client-network.ts';
import { siteReached } from '../verify/judge-routes.ts';
import { createLoadUsers } from './create-load-users.ts';
import { siteIsWell } from '../verify/site-is-well.ts';
import { judgeHardware } from './judge-hardware.ts';
import { judgeLoad } from './judge-load.ts';
import { loadChecksOf, readLoadTarget, type LoadTarget } from './load-target.ts';
import { LOAD_GENERATOR, runK6 } from './run-k6.ts';

/** Puts the load of the objective's hardware tier on the restored site, and holds it against the tier's limits. */
export function runLoad(): Step {
  return {
    id: 'run-load',
    title: 'Put load on the site',
    needs: ['site', 'switched', 'samples', 'database'],
    promises: ({ config, objectives }) => loadChecksOf(targetOf(config.load, objectives.tier)),
    budget: minutes(30),
    plan: (config) => [
      `create load users and a channel of their own in the scratch database`,
      `k6 run k6/incident.ts (tier ${config.objectives.tier ?? 'of the drill'})`,
    ],
    async run(ctx) {
      const target = targetOf(ctx.config.load, ctx.objectives.tier);
      const k6 = await requireTool('k6');
      ctx.check(judgeHardware(target, hardwareOf(ctx.config.scratch)));

      await using network = await openClientNetwork(ctx, 'load');
      const loadFile = await prepareUsers(ctx, target);
      try {
        const { proxyUrl, trust } = network;
        const caFile = trust.bundleFile;
        const summary = await runK6(ctx, {
          k6,
          target,
          loadFile,
          proxyUrl,
          caFile,
          directory: privateFolder(ctx),
        });
        for (const check of judgeLoad(target, summary)) ctx.check(check);
      } finally {
        // It holds live sessions.
        await rm(loadFile, { force: true });
      }
      ctx.check(await siteIsWell('load', ctx));
      ctx.check(siteReached({ name: 'load', site: ctx.get('site'), routes: await network.close() }));
    },
    async undo(ctx) {
      await ctx.endLaunched(LOAD_GENERATOR);
      await rm(privateFolder(ctx), { recursive: true, force: true });
    },
  };
}

/** Of a cluster, what the site may use there. */
function hardwareOf(scratch: ScratchConfig): ScratchConfig['hardware'] {
  if (scratch.kind === 'local' || scratch.hardware !== undefined) return scratch.hardware;
  const { replicas, resources } = scratch;
  return {
    vcpus: replicas * parseQuantity(resources.cpu),
    memoryGiB: (replicas * parseQuantity(resources.memory)) / 2 ** 30,
  };
}

function targetOf({ duration }: { duration?: number | undefined }, tier: string): LoadTarget {
  const target = readLoadTarget(tier);
  return duration === undefined
    ? target
    : { ...target, duration: `${Math.max(1, Math.round(duration / 1000))}s` };
}

async function prepareUsers(ctx: StepContext, { users: count }: LoadTarget): Promise<string> {
  ctx.progress(`making ${count} load users and a channel of their own`);
  await using connection = await openRestored(ctx.get('database'));
  const { client } = connection;
  const setting = await createLoadUsers(client, { count, siteUrl: ctx.get('site').url, runId: ctx.runId });
  for (const { token } of setting.users) ctx.hide(token);
  const file = path.join(privateFolder(ctx), 'load.json');
  await writeFile(file, JSON.stringify(setting), { mode: 0o600 });
  await chmod(file, 0o600);
  return file;
}
