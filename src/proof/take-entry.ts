import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { LabIdentityControl } from '../../lab/index.ts';
import type { LabGround, ProvingDrill, RestoredCopy, Sabotage } from '../../lab/sabotages/sabotage.ts';
import { resolveSecret } from '../config/secrets.ts';
import { launchedProcesses } from '../engine/left-behind.ts';
import { declareDrill, type DeclareOptions } from '../engine/run-drill.ts';
import type { StepContext } from '../model/drill.ts';
import { minutes } from '../model/duration.ts';
import type { JournalEvent } from '../model/journal.ts';
import type { Verdict } from '../model/verdict.ts';
import { openRestored } from '../steps/restore/restored-database.ts';
import { startRecord } from '../engine/start-record.ts';
import { backupFolder } from './backup-folder.ts';
import { linkedFolder, requireFolder } from './copy-files.ts';
import { withStores, type OpenGround } from './ground.ts';
import { provingDrill } from './proving-drills.ts';
import { runProcess } from './run-process.ts';

/** What a proving drill came to. */
export interface TakenDrill {
  readonly events: readonly JournalEvent[];
  readonly verdict: Verdict;
  readonly durationMs: number;
  /** Where its record is, until `discard`. */
  readonly runDir: string;
  discard(): Promise<void>;
}

/** A drill that ends neither way has hung: that is no catch. */
const LONGEST = minutes(8);

/**
 * Runs a proving drill on a copy of its own, with the damage of this sabotage, or without any. What was done to the
 * lab's running parts is put right again before this resolves.
 */
export async function takeDrill(
  ground: OpenGround,
  kind: ProvingDrill,
  number: number,
  sabotage: Partial<Sabotage>,
  signal: AbortSignal,
): Promise<TakenDrill> {
  const begun = performance.now();
  const folder = path.join(ground.directory, `proof_${number}`);
  const repairs: (() => Promise<void>)[] = [];
  const afterwards = (putRight: () => Promise<void>) => void repairs.push(putRight);
  const repaired = (
    control: LabIdentityControl,
    putRight: (control: LabIdentityControl) => Promise<void>,
  ): LabIdentityControl => ({
    async reopen(change) {
      afterwards(() => putRight(control));
      await control.reopen(change);
    },
    async stop() {
      afterwards(() => putRight(control));
      await control.stop();
    },
  });
  const on: LabGround = {
    directory: ground.lab.directory,
    workFolder: path.join(folder, 'work'),
    identity: {
      primary: repaired(ground.lab.identity.primary, (primary) => primary.stop()),
      secondary: repaired(ground.lab.identity.secondary, (secondary) => secondary.reopen()),
    },
    afterwards,
  };
  await mkdir(on.workFolder, { recursive: true });
  try {
    const stores = path.join(folder, 'stores');
    if (sabotage.backups) {
      await execa('cp', ['--archive', '--link', ground.pristine, stores]);
      await sabotage.backups(backupFolder(ground, stores, on));
    }
    const config = {
      ...(sabotage.backups ? withStores(ground.config, stores) : ground.config),
      scratch: scratchOf(ground, number),
    };
    const here: JournalEvent[] = [];
    const drill = provingDrill(kind, ground, sabotage, {
      ...(sabotage.copy && { copy: (ctx) => onCopy(ctx, on, (copy) => sabotage.copy?.(copy)) }),
      ...(sabotage.quarantined && {
        quarantined: (ctx) =>
          onCopy(ctx, on, (copy) =>
            sabotage.quarantined?.({
              ...copy,
              environment(settings) {
                const told = ctx.get('quarantine');
                ctx.set('quarantine', { ...told, environment: { ...told.environment, ...settings } });
              },
            }),
          ),
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
              find: (role) => launchedProcesses(here).findLast((launched) => launched.role === role),
            }),
          ),
      }),
    });
    const runDir = path.join(folder, 'run');
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(LONGEST)]);
    const record = startRecord({
      drill: `proof-${kind}`,
      only: null,
      config: (await sabotage.settings?.(config, on)) ?? config,
      configFile: ground.lab.configFile,
      objectives: drill.objectives,
      outageAt: ground.outageAt.toISOString(),
      lab: { directory: ground.lab.directory },
      confirmed: ground.lab.switchedName,
      proof: null,
    });
    const { events, verdict } = sabotage.process
      ? await runProcess({ ...sabotage.process, folder, record, signal: inTime })
      : await runHere(ground, here, { runDir, drill, record, signal: inTime });
    const durationMs = performance.now() - begun;
    return {
      events,
      verdict,
      durationMs,
      runDir,
      discard: () => rm(folder, { recursive: true, force: true }),
    };
  } finally {
    for (const putRight of repairs.toReversed()) await putRight();
  }
}

async function runHere(
  { lab, secrets }: OpenGround,
  events: JournalEvent[],
  options: Pick<DeclareOptions, 'runDir' | 'drill' | 'record' | 'signal'>,
): Promise<Pick<TakenDrill, 'events' | 'verdict'>> {
  const { verdict } = await declareDrill({
    ...options,
    secrets,
    resolveSecret,
    onEvent(event) {
      events.push(event);
      if (event.type === 'process.started') lab.adopt(event.role, event);
    },
    reason: null,
    operator: null,
    participants: [],
  });
  return { events, verdict };
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
  work: (copy: RestoredCopy) => Promise<void> | undefined,
): Promise<void> {
  await using connection = await openRestored(ctx.get('database'));
  await work({
    ...on,
    query: async (sql, values) => (await connection.client.query(sql, values && [...values])).rows,
    files: linkedFolder(requireFolder(ctx.get('files')).directory),
  });
}

function factsOf(ctx: StepContext) {
  const names = ['database', 'files', 'network', 'scratch', 'site', 'samples', 'accounts'] as const;
  return Object.fromEntries(names.map((name) => [name, ctx.find(name)]));
}
