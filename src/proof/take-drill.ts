import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Lab, LabIdentityControl } from '../../lab/index.ts';
import type { LabGround, ProvingDrill, Sabotage } from '../../lab/sabotages/sabotage.ts';
import { resolveSecret } from '../config/secrets.ts';
import { declareDrill, type DeclareOptions } from '../engine/run-drill.ts';
import { startRecord } from '../engine/start-record.ts';
import type { Config } from '../model/config.ts';
import type { Drill } from '../model/drill.ts';
import { minutes } from '../model/duration.ts';
import type { JournalEvent } from '../model/journal.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Ground } from './ground.ts';
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

/** Which drill is to be taken, and with what damage: any part of a sabotage, or none. */
export interface DrillOrder {
  readonly kind: ProvingDrill;
  /** Another for each drill on a ground. */
  readonly number: number;
  readonly sabotage: Partial<Sabotage>;
  readonly signal: AbortSignal;
}

/** Where drills are tried, one after the other. */
export interface ProvingGround extends AsyncDisposable {
  /**
   * Runs a proving drill with the damage of a sabotage. What was done to the lab's running parts is put right again
   * before this resolves.
   */
  take(order: DrillOrder): Promise<TakenDrill>;
}

export interface Preparation {
  /** Of this drill alone, and gone with it. */
  readonly folder: string;
  readonly on: LabGround;
  /** What the drill has told so far. */
  readonly events: readonly JournalEvent[];
}

/** A drill that ends neither way has hung: that is no catch. */
const LONGEST = minutes(8);

/** Does the damage that comes first, runs the drill that this leaves to run, and puts things right. */
export async function takeDrill(
  { lab, directory, outageAt, secrets }: Ground,
  { kind, number, sabotage, signal }: DrillOrder,
  prepare: (preparation: Preparation) => Promise<{ readonly config: Config; readonly drill: Drill }>,
): Promise<TakenDrill> {
  const begun = performance.now();
  const folder = path.join(directory, `proof_${number}`);
  const repairs: (() => Promise<void>)[] = [];
  const on = groundOf(lab, path.join(folder, 'work'), (putRight) => void repairs.push(putRight));
  await mkdir(on.workFolder, { recursive: true });
  try {
    const told: JournalEvent[] = [];
    const { config, drill } = await prepare({ folder, on, events: told });
    const runDir = path.join(folder, 'run');
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(LONGEST)]);
    const record = startRecord({
      drill: `proof-${kind}`,
      only: null,
      config: (await sabotage.settings?.(config, on)) ?? config,
      configFile: lab.configFile,
      objectives: drill.objectives,
      outageAt: outageAt.toISOString(),
      lab: { directory: lab.directory },
      confirmed: lab.switchedName,
      proof: null,
    });
    const { events, verdict } = sabotage.process
      ? await runProcess({ ...sabotage.process, folder, record, signal: inTime })
      : await runHere(lab, told, { runDir, drill, record, secrets, signal: inTime });
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

function groundOf(
  { directory, identity }: Lab,
  workFolder: string,
  afterwards: LabGround['afterwards'],
): LabGround {
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
  return {
    directory,
    workFolder,
    identity: {
      primary: repaired(identity.primary, (primary) => primary.stop()),
      secondary: repaired(identity.secondary, (secondary) => secondary.reopen()),
    },
    afterwards,
  };
}

async function runHere(
  lab: Lab,
  events: JournalEvent[],
  options: Pick<DeclareOptions, 'runDir' | 'drill' | 'record' | 'secrets' | 'signal'>,
): Promise<Pick<TakenDrill, 'events' | 'verdict'>> {
  const { verdict } = await declareDrill({
    ...options,
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
