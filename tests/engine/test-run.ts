import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startClock } from '../../src/engine/clock.ts';
import { readJournal } from '../../src/engine/journal.ts';
import { declareDrill, resumeDrill, undoDrill, type ResumeOptions } from '../../src/engine/run-drill.ts';
import { describeMachine, type RunRecord } from '../../src/engine/run-record.ts';
import type { Check } from '../../src/model/check.ts';
import { configSchema, type ConfigInput } from '../../src/model/config.ts';
import type { Drill, Step, StepContext } from '../../src/model/drill.ts';
import { hours, seconds } from '../../src/model/duration.ts';
import type { JournalEvent } from '../../src/model/journal.ts';
import { runLayout } from '../../src/model/layout.ts';
import { readStartTime } from '../../src/support/processes.ts';
import { minimalConfig } from '../config/minimal-config.ts';

export interface RunExtras extends Partial<
  Pick<ResumeOptions, 'signal' | 'keepScratch' | 'only' | 'secrets'>
> {
  readonly onEvent?: (event: JournalEvent) => void;
  readonly objectives?: Partial<RunRecord['objectives']>;
  readonly config?: Partial<ConfigInput>;
}

/** A run folder and a scratch of its own, and the engine on them. */
export async function openTestRun(phases: Partial<Drill>) {
  const directory = await mkdtemp(path.join(tmpdir(), 'muster-engine-'));
  const runDir = path.join(directory, 'run');
  const scratch = path.join(directory, 'scratch');
  const objectives = { rpo: hours(24), rto: hours(4), tier: 'lab' };
  const drill: Drill = { title: 'Test drill', why: 'To see what the engine does.', objectives, ...phases };
  const events: JournalEvent[] = [];
  const options = (extras: RunExtras) => ({
    runDir,
    drill,
    resolveSecret: async () => 'from-the-vault',
    signal: new AbortController().signal,
    ...extras,
    onEvent: (event: JournalEvent) => {
      events.push(event);
      extras.onEvent?.(event);
    },
  });

  return {
    directory,
    runDir,
    scratch,
    drill,
    /** All events so far, over all sittings. */
    events,
    declare: (extras: RunExtras = {}) =>
      declareDrill({
        ...options(extras),
        record: {
          ...record(scratch, { ...objectives, ...extras.objectives }, extras.config),
          only: extras.only ?? null,
        },
        reason: null,
        operator: null,
        participants: [],
      }),
    resume: (extras: RunExtras = {}) => resumeDrill(options(extras)),
    undo: () => undoDrill(options({})),
    journal: () => readJournal(runLayout(runDir).journal),
    /** `step.started a`, `step.finished a failed COMMAND_FAILED`, `undo.started a` … */
    log: () => events.flatMap(describe),
    /** What was claimed and what came of it, at the last end. */
    coverage: () => events.findLast((event) => event.type === 'coverage') ?? { claims: [], waivers: [] },
    checks: () => events.flatMap((event) => (event.type === 'check' ? [event.check] : [])),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

export function step(id: string, overrides: Partial<Step> = {}): Step {
  return {
    id,
    title: `Step ${id}`,
    budget: seconds(5),
    run: async () => {},
    undo: async () => {},
    ...overrides,
  };
}

export function check(id: string, verdict: Check['verdict'] = 'passed'): Check {
  return { id, claim: `${id} holds`, verdict, expected: 'yes', seen: verdict };
}

/** A step that makes these checks, and promises them. */
export function checking(id: string, ...checks: Check[]): Step {
  return step(id, {
    promises: checks.map((made) => made.id),
    run: async (ctx) => checks.forEach((made) => ctx.check(made)),
  });
}

/** Launches `sleep`, as a server that stays. */
export async function launchSleep(ctx: StepContext, role = 'server'): Promise<number> {
  const { pid } = await ctx.launch({ role, command: 'sleep', args: ['300'] });
  return pid;
}

/** Whether this process runs: one that was not waited for yet does not. */
export function isAlive(pid: number): boolean {
  return readStartTime(pid) !== undefined;
}

function record(
  scratch: string,
  objectives: RunRecord['objectives'],
  config?: Partial<ConfigInput>,
): RunRecord {
  const clock = startClock();
  return {
    run: '2026-11-22T0000Z-test-0000',
    drill: 'test',
    only: null,
    config: configSchema.parse({
      ...minimalConfig(),
      ...config,
      scratch: { kind: 'local', directory: scratch },
    }),
    configFile: 'muster.config.yaml',
    objectives,
    outageAt: clock.declaredAt.toISOString(),
    declaredAt: clock.declaredAt.toISOString(),
    declaredTick: clock.declaredTick.toString(),
    machine: describeMachine(),
    muster: '0.0.0',
    commit: null,
    lab: null,
    confirmed: null,
    proof: null,
  };
}

function describe(event: JournalEvent): string[] {
  switch (event.type) {
    case 'step.started':
    case 'undo.started':
      return [`${event.type} ${event.step}`];
    case 'step.finished':
      return [[event.type, event.step, event.outcome, event.error?.code].filter(Boolean).join(' ')];
    case 'undo.finished':
      return [[event.type, event.step, event.error?.code].filter(Boolean).join(' ')];
    default:
      return [];
  }
}
