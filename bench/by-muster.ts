import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { tmpdir } from 'node:os';
import { requireSecrets, resolveSecret } from '../src/config/secrets.ts';
import { startClock } from '../src/engine/clock.ts';
import { readJournal } from '../src/engine/journal.ts';
import { describeMachine } from '../src/engine/run-record.ts';
import { declareDrill } from '../src/engine/run-drill.ts';
import { defineDrill, hours, steps } from '../src/index.ts';
import type { Config } from '../src/model/config.ts';
import type { Drill, Moment } from '../src/model/drill.ts';
import type { JournalEvent } from '../src/model/journal.ts';
import { newRunId, runLayout } from '../src/model/layout.ts';
import type { Measured } from './measured.ts';
import { processorSeconds } from './processor-time.ts';

/** What is drilled on. */
export interface Site {
  readonly config: Config;
  /** When it was lost. */
  readonly outageAt: Date;
}

/** A drill's restore, with what has to come before it. */
const RESTORE = defineDrill({
  title: 'Restore only',
  why: 'How long it takes until the site is healthy.',
  objectives: { rpo: hours(24), rto: hours(4), tier: 'lab' },
  preflight: [steps.backupsAreFresh(), steps.backupsAreIntact(), steps.scratchIsEmpty(), steps.sealScratch()],
  restore: [
    steps.restoreCluster(),
    steps.restoreDatabase(),
    steps.restoreFiles(),
    steps.auditIntegrity(),
    steps.quarantine(),
    steps.startApplication(),
  ],
});

/** The same way by Muster: the real steps, by the real engine, with audit and quarantine. */
export async function restoreByMuster(site: Site): Promise<Measured> {
  const cpu = processorSeconds();
  const events = await runDrill('restore', RESTORE, site);
  const steps = stepTimes(events);
  const filesFrom = steps.find(({ step }) => step === 'restore-files')?.from ?? Infinity;
  // The files are asked for while the empty server is still being made: then that counts.
  const from = Math.min(momentOf(events, 'download-started'), filesFrom);
  const to = momentOf(events, 'site-healthy');
  return {
    seconds: (to - from) / 1000,
    parts: Object.fromEntries(
      steps
        .map(
          ({ step, from: begun, to: ended }) => [step, overlap([begun, ended], [from, to]) / 1000] as const,
        )
        .filter(([, seconds]) => seconds > 0),
    ),
    processorSeconds: processorSeconds() - cpu,
  };
}

/** Declares a drill and takes it to its end, undo included. Resolves to its journal. Throws when it was not taken whole. */
export async function runDrill(
  name: string,
  drill: Drill,
  { config, outageAt }: Site,
): Promise<readonly JournalEvent[]> {
  const clock = startClock();
  const run = newRunId(name, clock.declaredAt, randomBytes(2).toString('hex'));
  const folder = await mkdtemp(path.join(tmpdir(), 'muster-bench-'));
  const runDir = path.join(folder, run);
  try {
    const { verdict } = await declareDrill({
      runDir,
      drill,
      signal: new AbortController().signal,
      onEvent: () => {},
      resolveSecret,
      secrets: await requireSecrets(config),
      reason: null,
      operator: null,
      participants: [],
      record: {
        run,
        drill: name,
        only: null,
        config,
        configFile: '',
        objectives: { ...drill.objectives, tier: 'lab' },
        outageAt: outageAt.toISOString(),
        declaredAt: clock.declaredAt.toISOString(),
        declaredTick: clock.declaredTick.toString(),
        machine: describeMachine(),
        muster: '',
        commit: null,
        lab: null,
        confirmed: config.dns.name,
        proof: null,
      },
    });
    const events = readJournal(runLayout(runDir).journal);
    requireWhole(name, events);
    if (verdict !== 'passed')
      process.stderr.write(`${name} ended with ${verdict}: ${missedChecks(events)}\n`);
    return events;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What was not taken to its end cannot be timed. A missed objective can. */
function requireWhole(name: string, events: readonly JournalEvent[]): void {
  for (const event of events) {
    if (event.type !== 'step.finished' || event.outcome === 'done') continue;
    throw new Error(
      `${name} stopped at ${event.step}: ${event.error?.message ?? event.reason ?? 'not reached'}`,
    );
  }
}

function missedChecks(events: readonly JournalEvent[]): string {
  return events
    .flatMap((event) =>
      event.type === 'check' && event.check.verdict !== 'passed'
        ? [`${event.check.id} (${event.check.seen})`]
        : [],
    )
    .join(', ');
}

export interface StepTime {
  readonly step: string;
  /** Milliseconds since the drill was declared. */
  readonly from: number;
  readonly to: number;
  /** Processor time of Muster's own process. */
  readonly ownCpuMs: number;
}

/** Every step of a run in order. */
export function stepTimes(events: readonly JournalEvent[]): readonly StepTime[] {
  return events.flatMap((event) =>
    event.type === 'step.finished' && event.outcome === 'done'
      ? [
          {
            step: event.step,
            from: event.elapsedMs - event.durationMs,
            to: event.elapsedMs,
            ownCpuMs: event.ownCpuMs,
          },
        ]
      : [],
  );
}

/** Milliseconds between the declaration and a moment of the run. */
export function momentOf(events: readonly JournalEvent[], moment: Moment): number {
  const found = events.find((event) => event.type === 'moment' && event.moment === moment);
  if (found?.type !== 'moment') throw new Error(`the run has no moment "${moment}"`);
  return found.sinceDeclaredMs;
}

export function overlap([a, b]: readonly [number, number], [c, d]: readonly [number, number]): number {
  return Math.max(0, Math.min(b, d) - Math.max(a, c));
}
