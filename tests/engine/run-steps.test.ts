import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openJournal } from '../../src/engine/journal.ts';
import { numberSteps, runSteps, undoSteps } from '../../src/engine/run-steps.ts';
import type { RunState } from '../../src/engine/step-context.ts';
import { PHASES, type Step, type StepContext } from '../../src/model/drill.ts';
import { seconds } from '../../src/model/duration.ts';
import { DrillError } from '../../src/model/errors.ts';
import type { Fact } from '../../src/model/facts.ts';
import { openTempFolder } from '../scripts/tiny-programs.ts';
import { check, checking, openTestRun, step } from './test-run.ts';

const broken = (code: ConstructorParameters<typeof DrillError>[0]) => async () => {
  throw new DrillError(code, 'boom');
};

it('undoes the step that failed half-way, and skips the ones after it', async () => {
  await using run = await openTestRun({
    restore: [step('a'), step('b', { run: broken('COMMAND_FAILED') }), step('c')],
  });
  await run.declare();
  expect(run.log()).toEqual([
    'step.started a',
    'step.finished a done',
    'step.started b',
    'step.finished b failed COMMAND_FAILED',
    'step.finished c not-reached',
    'undo.started b',
    'undo.finished b',
    'undo.started a',
    'undo.finished a',
  ]);
});

it('goes on after a finding in the backups with the steps whose needs are met', async () => {
  await using run = await openTestRun({
    preflight: [
      step('find', { gives: ['backups'], run: broken('BACKUP_MISSING') }),
      checking('certificates', check('certificate.expiry')),
    ],
    restore: [step('restore', { needs: ['backups'], promises: ['rows'] })],
  });
  const outcome = await run.declare();
  expect(run.log()).toContain('step.finished certificates done');
  expect(run.log()).toContain('step.finished restore not-reached');
  expect(run.checks().find(({ id }) => id === 'rows')).toMatchObject({
    verdict: 'unverified',
    code: 'NOT_REACHED',
  });
  expect(outcome).toMatchObject({ verdict: 'missed', exitCode: 1 });
});

it('does not reach a step whose input a missed check has condemned', async () => {
  await using run = await openTestRun({
    preflight: [checking('intact', check('backup.database.intact', 'missed'))],
    restore: [step('restore', { condemnedBy: ['backup.database.intact'] })],
  });
  await run.declare();
  expect(
    run.events.find((event) => event.type === 'step.finished' && event.step === 'restore'),
  ).toMatchObject({
    outcome: 'not-reached',
    reason: 'check backup.database.intact has condemned its input',
  });
});

it('records a promised check that was not made as unverified', async () => {
  await using run = await openTestRun({
    preflight: [checking('looks', check('made')), step('forgets', { promises: ['never'] })],
  });
  expect(await run.declare()).toMatchObject({ verdict: 'unverified', exitCode: 2 });
});

it('takes promises from a function of the settings', async () => {
  await using run = await openTestRun({
    preflight: [
      step('asks', { promises: ({ config, objectives }) => [`${config.dns.kind}.${objectives.tier}`] }),
    ],
  });
  await run.declare();
  expect(run.checks()).toMatchObject([{ id: 'none.lab', verdict: 'unverified' }]);
});

it('does not pass when a step that promises nothing was not reached', async () => {
  await using run = await openTestRun({
    preflight: [
      checking('looks', check('made')),
      step('gives', { gives: ['backups'] }),
      step('needs', { needs: ['backups'] }),
    ],
  });
  expect(await run.declare()).toMatchObject({ verdict: 'unverified', exitCode: 2 });
});

it('lets the gravest of two answers to one check stand', async () => {
  await using run = await openTestRun({
    preflight: [checking('twice', check('files', 'missed'), check('files', 'passed'))],
  });
  expect(await run.declare()).toMatchObject({ verdict: 'missed', exitCode: 1 });
});

it('calls what it did not foresee a bug of its own', async () => {
  await using run = await openTestRun({
    preflight: [step('a', { run: async () => void (undefined as unknown as { x: () => void }).x() })],
  });
  expect(await run.declare()).toMatchObject({ verdict: 'broken', exitCode: 99 });
});

it('calls a fact that was promised and never set a bug', async () => {
  await using run = await openTestRun({
    preflight: [step('a', { run: async (ctx) => void ctx.get('site') })],
  });
  expect(await run.declare()).toMatchObject({ exitCode: 99 });
});

it('still undoes when a step runs out of its budget', async () => {
  await using run = await openTestRun({
    restore: [step('slow', { budget: 30, run: ({ signal }) => sleep(5_000, undefined, { signal }) })],
  });
  expect(await run.declare()).toMatchObject({ verdict: 'broken', exitCode: 81 });
  expect(run.log().at(-1)).toBe('undo.finished slow');
});

it('stops waiting for work that ignores its signal, and lets it start nothing more', async () => {
  let refused: unknown;
  const over = Promise.withResolvers<void>();
  const stubborn = step('stubborn', {
    budget: 20,
    async run(ctx) {
      await sleep(150);
      refused = await ctx
        .launch({ role: 'late', command: 'sleep', args: ['300'] })
        .catch((error: unknown) => error);
      over.resolve();
    },
  });
  await using run = await openState();
  const { log, state } = run;
  await runSteps([{ step: stubborn, phase: 'restore', number: 1 }], state, {
    signal: new AbortController().signal,
    settle: 20,
  });
  expect(log).toContain('step.finished stubborn STEP_TIMED_OUT');
  await over.promise;
  expect(refused).toBeInstanceOf(Error);
  expect(log.some((line) => line.startsWith('process.started'))).toBe(false);
});

it.each(PHASES)('undoes when it is interrupted in %s', async (phase) => {
  const interrupt = new AbortController();
  await using run = await openTestRun({
    preflight: [step('before')],
    [phase]: [
      step('stops', {
        promises: ['seen'],
        run: ({ signal }) => (interrupt.abort(new Error('SIGINT')), sleep(5_000, undefined, { signal })),
      }),
    ],
    ...(phase !== 'load' && { load: [step('after')] }),
  });
  expect(await run.declare({ signal: interrupt.signal })).toMatchObject({
    verdict: 'interrupted',
    exitCode: 130,
  });
  expect(run.log()).toContain('step.finished stops failed INTERRUPTED');
  expect(run.log()).toContain('undo.finished stops');
  expect(run.log()).not.toContain('step.started after');
});

it('undoes without the signal that interrupted the run', async () => {
  const interrupt = new AbortController();
  let undone = false;
  await using run = await openTestRun({
    restore: [
      step('a', {
        run: async () => interrupt.abort(new Error('SIGINT')),
        async undo({ signal }) {
          await sleep(20, undefined, { signal });
          undone = true;
        },
      }),
      step('b'),
    ],
  });
  await run.declare({ signal: interrupt.signal });
  expect(undone).toBe(true);
});

it('keeps undoing after one undo fails, and exits 90', async () => {
  await using run = await openTestRun({
    preflight: [checking('looks', check('made'))],
    restore: [step('a'), step('b', { undo: broken('DNS_UNREACHABLE') })],
  });
  expect(await run.declare()).toMatchObject({ verdict: 'broken', exitCode: 90 });
  expect(run.log().slice(-5)).toEqual([
    'undo.finished b DNS_UNREACHABLE',
    'undo.started a',
    'undo.finished a',
    'undo.started looks',
    'undo.finished looks',
  ]);
});

it('leaves no timer of a finished step behind that an interruption could start', async () => {
  const interrupt = new AbortController();
  await using run = await openTestRun({ restore: [step('a'), step('b')] });
  await run.declare({ signal: interrupt.signal });
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  interrupt.abort(new Error('SIGINT'));
  expect(timers()).toBe(before);
});

it('gives each undo a budget of its own', async () => {
  await using run = await openState();
  const { log, state } = run;
  const steps = [step('a'), step('hangs', { undo: () => new Promise(() => {}) })].map(numbered);
  await runSteps(steps, state, { signal: new AbortController().signal });
  await undoSteps(steps, state, { budget: 20, settle: 20 });
  expect(log.slice(-3)).toEqual(['undo.finished hangs STEP_TIMED_OUT', 'undo.started a', 'undo.finished a']);
});

describe('steps beside each other', () => {
  it('lets them work at the same time, and one that needs what they give wait for both', async () => {
    const [a, b] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const meets = (own: PromiseWithResolvers<void>, other: PromiseWithResolvers<void>, fact: Fact) => ({
      beside: true,
      gives: [fact],
      run: async (ctx: StepContext) => {
        own.resolve();
        await other.promise;
        ctx.set(fact, {} as never);
      },
    });
    await using run = await openTestRun({
      preflight: [checking('looks', check('made'))],
      restore: [
        step('database', meets(a, b, 'database')),
        step('files', meets(b, a, 'files')),
        step('audit', { needs: ['database', 'files'] }),
      ],
    });
    expect(await run.declare()).toMatchObject({ verdict: 'passed' });
    const log = run.log().filter((line) => line.startsWith('step.'));
    expect(log.slice(2, 4)).toEqual(['step.started database', 'step.started files']);
    expect(log.slice(-2)).toEqual(['step.started audit', 'step.finished audit done']);
  });

  it('waits before a step that what they check may condemn', async () => {
    await using run = await openTestRun({
      restore: [
        { ...slowly(checking('files', check('files.whole', 'missed'))), beside: true },
        step('serve', { condemnedBy: ['files.whole'] }),
      ],
    });
    await run.declare();
    expect(run.log()).toContain('step.finished serve not-reached');
  });

  it('waits at the end of the phase', async () => {
    await using run = await openTestRun({
      restore: [{ ...slowly(step('files')), beside: true }, step('quick')],
      failover: [step('switch')],
    });
    await run.declare();
    const log = run.log();
    expect(log.indexOf('step.started quick')).toBeLessThan(log.indexOf('step.finished files done'));
    expect(log.indexOf('step.finished files done')).toBeLessThan(log.indexOf('step.started switch'));
  });

  it.each(['files', 'database'])('gives the other one up when "%s" stops the run', async (failing) => {
    const other = failing === 'files' ? 'database' : 'files';
    const lasting = (id: string) =>
      step(id, {
        beside: true,
        promises: [`${id}.whole`],
        run: ({ signal }) =>
          id === failing ? broken('DISK_TOO_SMALL')() : sleep(4_000, undefined, { signal }),
      });
    await using run = await openTestRun({ restore: [lasting('database'), lasting('files')] });
    expect(await run.declare()).toMatchObject({ verdict: 'broken' });
    expect(run.log()).toContain(`step.finished ${failing} failed DISK_TOO_SMALL`);
    expect(run.log()).toContain(`step.finished ${other} not-reached`);
    expect(run.checks().find(({ id }) => id === `${other}.whole`)).toMatchObject({ code: 'NOT_REACHED' });
    expect(run.log().slice(-4)).toEqual([
      'undo.started files',
      'undo.finished files',
      'undo.started database',
      'undo.finished database',
    ]);
  });

  it('goes on beside one in which a finding in the backups was made', async () => {
    await using run = await openTestRun({
      restore: [
        step('files', { beside: true, run: broken('BACKUP_MISSING') }),
        slowly(step('database', { beside: true })),
      ],
    });
    expect(await run.declare()).toMatchObject({ verdict: 'missed', exitCode: 1 });
    expect(run.log()).toContain('step.finished database done');
  });

  it('interrupts all of them, and undoes them', async () => {
    const interrupt = new AbortController();
    await using run = await openTestRun({
      restore: [
        step('database', { beside: true, run: ({ signal }) => sleep(4_000, undefined, { signal }) }),
        step('files', {
          beside: true,
          run: ({ signal }) => (interrupt.abort(new Error('SIGINT')), sleep(4_000, undefined, { signal })),
        }),
        step('audit'),
      ],
    });
    expect(await run.declare({ signal: interrupt.signal })).toMatchObject({ exitCode: 130 });
    expect(run.log()).toContain('step.finished database failed INTERRUPTED');
    expect(run.log()).toContain('step.finished files failed INTERRUPTED');
    expect(run.log().slice(-4)).toEqual([
      'undo.started files',
      'undo.finished files',
      'undo.started database',
      'undo.finished database',
    ]);
  });

  it('takes only the unfinished one again when it resumes', async () => {
    let broke = false;
    await using run = await openTestRun({
      restore: [
        slowly(step('database', { beside: true })),
        step('files', {
          beside: true,
          run: async () => {
            await sleep(60);
            if (broke) return;
            broke = true;
            throw new DrillError('DISK_TOO_SMALL', 'boom');
          },
        }),
      ],
    });
    await run.declare({ keepScratch: true });
    await run.resume();
    expect(run.log().filter((line) => line === 'step.started files')).toHaveLength(2);
    expect(run.log().filter((line) => line === 'step.started database')).toHaveLength(1);
  });
});

it('undoes only what was started', async () => {
  await using run = await openTestRun({ restore: [step('a', { run: broken('PORT_TAKEN') }), step('never')] });
  await run.declare();
  expect(run.log().filter((line) => line.startsWith('undo'))).toEqual(['undo.started a', 'undo.finished a']);
});

it('numbers the steps of one phase as in the whole drill', () => {
  const drill = {
    title: '',
    why: '',
    objectives: { rpo: 1, rto: 1, tier: 'lab' },
    preflight: [step('a'), step('b')],
    verify: [step('c')],
  };
  expect(numberSteps(drill, 'verify').map(({ number, step: { id } }) => `${number} ${id}`)).toEqual(['3 c']);
});

/** The same, and long enough for others to begin meanwhile. */
function slowly(quick: Step): Step {
  return { ...quick, run: async (ctx) => (await sleep(30), quick.run(ctx)) };
}

function numbered(one: Step, index: number) {
  return { step: one, phase: 'restore' as const, number: index + 1 };
}

/** As much of a run as the steps need. */
async function openState() {
  const folder = await openTempFolder();
  const log: string[] = [];
  const events: RunState['events'][number][] = [];
  const journal = openJournal({
    file: path.join(folder.path, 'journal.jsonl'),
    redactor: { add() {}, redact: (text) => text, redactJson: (value) => value },
    elapsed: () => 0,
    onFailure: (error) => expect.fail(error.message),
    onEvent(event) {
      events.push(event);
      const words = ['step' in event ? event.step : '', 'error' in event ? event.error?.code : ''];
      log.push([event.type, ...words].filter(Boolean).join(' '));
    },
  });
  const state = {
    runDir: folder.path,
    emit: journal.emit,
    events,
    facts: {},
    objectives: { rpo: seconds(1), rto: seconds(1), tier: 'lab' },
  } as unknown as RunState;
  return { ...folder, log, state };
}
