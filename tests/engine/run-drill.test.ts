import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DrillError } from '../../src/model/errors.ts';
import type { StepContext } from '../../src/model/drill.ts';
import type { JournalEvent } from '../../src/model/journal.ts';
import { runLayout } from '../../src/model/layout.ts';
import { check, checking, isAlive, launchSleep, openTestRun, step } from './test-run.ts';

const unhealthy = async () => {
  throw new DrillError('APPLICATION_NOT_HEALTHY', 'HTTP 503');
};

it('passes when everything promised was made and held, and leaves nothing behind', async () => {
  let pid = 0;
  await using run = await openTestRun({
    preflight: [checking('looks', check('made'))],
    restore: [step('serve', { run: async (ctx) => void (pid = await launchSleep(ctx)) })],
  });
  expect(await run.declare()).toMatchObject({ verdict: 'passed', exitCode: 0 });
  expect(run.events.at(-1)).toMatchObject({ type: 'run.finished', leftBehind: [] });
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(`${run.scratch}.lock`)).toBe(false);
});

it('ends what a launched process has started itself', async () => {
  await using run = await openTestRun({
    restore: [
      step('serve', {
        async run(ctx) {
          await ctx.launch({
            role: 'shell',
            command: 'sh',
            args: ['-c', `sleep 300 & echo $! > ${run.directory}/child; wait`],
          });
          while (!existsSync(`${run.directory}/child`)) await sleep(10);
        },
      }),
    ],
  });
  await run.declare();
  expect(isAlive(Number(await readFile(`${run.directory}/child`, 'utf8')))).toBe(false);
});

it.each([
  ['folder', (ctx: StepContext, file: string) => makeLeft(ctx, 'folder', file)],
  ['file', (ctx: StepContext, file: string) => makeLeft(ctx, 'file', file)],
  ['database', async (ctx: StepContext, name: string) => ctx.created({ kind: 'database', name })],
] as const)('finds a %s that undo left behind, and exits 90', async (kind, make) => {
  await using run = await openTestRun({
    preflight: [checking('looks', check('made'))],
    restore: [step('leaves', { run: (ctx) => make(ctx, path.join(run.directory, 'left')) })],
  });
  expect(await run.declare()).toMatchObject({ verdict: 'broken', exitCode: 90 });
  expect(run.events.at(-1)).toMatchObject({ leftBehind: [`${kind} ${run.directory}/left`] });
  expect(existsSync(`${run.scratch}.lock`)).toBe(true);
});

it('does not believe a step that says a folder is gone', async () => {
  await using run = await openTestRun({
    restore: [
      step('lies', {
        run: (ctx) => makeLeft(ctx, 'folder', path.join(run.directory, 'left')),
        undo: async (ctx) => ctx.removed({ kind: 'folder', name: path.join(run.directory, 'left') }),
      }),
    ],
  });
  expect(await run.declare()).toMatchObject({ exitCode: 90 });
});

it('judges the RTO at the first verified message', async () => {
  await using run = await openTestRun({
    verify: [
      step('login', { promises: ['objective.rto'], run: async (ctx) => ctx.mark('first-verified-message') }),
    ],
  });
  expect(await run.declare()).toMatchObject({ verdict: 'passed' });
  const [rto] = run.checks();
  const moment = run.events.find(
    (event) => event.type === 'moment' && event.moment === 'first-verified-message',
  );
  expect(rto).toMatchObject({ id: 'objective.rto', verdict: 'passed' });
  expect(rto?.metric?.value).toBe((moment as { sinceDeclaredMs: number }).sinceDeclaredMs / 1000);
});

it('misses the RTO by what the clock says, not by what the step says', async () => {
  await using run = await openTestRun({
    verify: [step('login', { run: (ctx) => sleep(30).then(() => ctx.mark('first-verified-message')) })],
  });
  expect(await run.declare({ objectives: { rto: 1 } })).toMatchObject({ verdict: 'missed', exitCode: 1 });
  expect(run.checks()[0]).toMatchObject({ code: 'RTO_MISSED', seen: expect.stringContaining('too late') });
});

it('keeps the scratch, its processes and its lock when asked to', async () => {
  let pid = 0;
  await using run = await openTestRun({
    restore: [
      checking('looks', check('made')),
      step('serve', { run: async (ctx) => void (pid = await launchSleep(ctx)) }),
    ],
  });
  await run.declare({ keepScratch: true });
  expect(isAlive(pid)).toBe(true);
  expect(run.log().some((line) => line.startsWith('undo'))).toBe(false);
  expect(existsSync(`${run.scratch}.lock`)).toBe(true);
  expect(await run.undo()).toMatchObject({ verdict: 'passed', exitCode: 0 });
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(`${run.scratch}.lock`)).toBe(false);
});

it('goes on at the first step that is not finished, with the facts of those that are', async () => {
  let healthy = false;
  const cluster = { namespace: 'mattermost' } as never;
  await using run = await openTestRun({
    restore: [step('give', { gives: ['cluster'], run: async (ctx) => ctx.set('cluster', cluster) })],
    verify: [
      step('ask', { run: () => (healthy ? Promise.resolve() : unhealthy()) }),
      step('use', {
        needs: ['cluster'],
        promises: ['namespace'],
        run: async (ctx) => ctx.check({ ...check('namespace'), seen: ctx.get('cluster').namespace }),
      }),
    ],
  });
  expect(await run.declare({ keepScratch: true })).toMatchObject({ verdict: 'broken', exitCode: 89 });
  healthy = true;
  expect(await run.resume()).toMatchObject({ verdict: 'passed', exitCode: 0 });
  expect(run.log().filter((line) => line === 'step.started give')).toHaveLength(1);
  expect(run.checks().at(-1)).toMatchObject({ id: 'namespace', seen: 'mattermost' });
});

it('undoes a half-done step before it takes it again', async () => {
  let attempts = 0;
  await using run = await openTestRun({
    restore: [
      step('fill', {
        async run() {
          await mkdir(path.join(run.directory, 'filled'));
          if (++attempts === 1) await unhealthy();
        },
        undo: () => rm(path.join(run.directory, 'filled'), { recursive: true, force: true }),
      }),
      checking('looks', check('made')),
    ],
  });
  await run.declare({ keepScratch: true });
  expect(await run.resume({ keepScratch: true })).toMatchObject({ verdict: 'passed' });
  expect(await run.undo()).toMatchObject({ exitCode: 0 });
});

it('takes one phase of a kept run again, and its checks anew', async () => {
  let verdict: 'passed' | 'missed' = 'passed';
  await using run = await openTestRun({
    restore: [step('restore')],
    verify: [step('look', { promises: ['seen'], run: async (ctx) => ctx.check(check('seen', verdict)) })],
  });
  await run.declare({ keepScratch: true });
  verdict = 'missed';
  expect(await run.resume({ only: 'verify', keepScratch: true })).toMatchObject({
    verdict: 'missed',
    exitCode: 1,
  });
  verdict = 'passed';
  expect(await run.resume({ only: 'verify' })).toMatchObject({ verdict: 'passed', exitCode: 0 });
  expect(run.log().filter((line) => line === 'step.started restore')).toHaveLength(1);
});

it('does not let an old answer stand where a repeated step gives none', async () => {
  let answers = true;
  await using run = await openTestRun({
    verify: [
      step('look', { promises: ['seen'], run: async (ctx) => void (answers && ctx.check(check('seen'))) }),
    ],
  });
  await run.declare({ keepScratch: true });
  answers = false;
  expect(await run.resume({ only: 'verify' })).toMatchObject({ verdict: 'unverified', exitCode: 2 });
});

it('refuses to go on when what an earlier step started is gone', async () => {
  let pid = 0;
  await using run = await openTestRun({
    restore: [step('serve', { run: async (ctx) => void (pid = await launchSleep(ctx, 'database')) })],
    verify: [step('ask', { run: unhealthy })],
  });
  await run.declare({ keepScratch: true });
  process.kill(pid, 'SIGKILL');
  while (isAlive(pid)) await sleep(10);
  await expect(run.resume()).rejects.toMatchObject({
    code: 'RUN_NOT_RESUMABLE',
    message: expect.stringContaining(`database (process ${pid}) is not running any more`),
  });
});

it('goes on past a process that ended by itself while its step was at work', async () => {
  await using run = await openTestRun({
    load: [
      checking('looks', check('made')),
      step('k6', {
        run: async (ctx) => void (await (await ctx.launch({ role: 'k6', command: 'true', args: [] })).ended),
      }),
    ],
  });
  await run.declare({ keepScratch: true });
  expect(await run.resume()).toMatchObject({ verdict: 'passed' });
});

it('refuses to go on with a run that was undone', async () => {
  await using run = await openTestRun({ restore: [checking('looks', check('made'))] });
  await run.declare();
  await expect(run.resume()).rejects.toMatchObject({ code: 'RUN_NOT_RESUMABLE' });
});

it('never calls a run passed whose process died in the middle', async () => {
  await using run = await openTestRun({
    preflight: [checking('looks', check('made'))],
    restore: [step('restore')],
    verify: [step('verify', { promises: ['seen'], run: async (ctx) => ctx.check(check('seen')) })],
  });
  await run.declare();
  await dieAfter(run, (event) => event.type === 'step.started' && event.step === 'restore');
  expect(await run.undo()).toMatchObject({ verdict: 'interrupted', exitCode: 130 });
});

it('undoes after a crash what the journal says was started', async () => {
  let pid = 0;
  await using run = await openTestRun({
    restore: [step('serve', { run: async (ctx) => void (pid = await launchSleep(ctx)) }), step('next')],
  });
  await run.declare({ keepScratch: true });
  await dieAfter(run, (event) => event.type === 'process.started');
  expect(isAlive(pid)).toBe(true);
  await run.undo();
  expect(isAlive(pid)).toBe(false);
  expect(run.journal().some((event) => event.type === 'undo.finished' && event.step === 'serve')).toBe(true);
});

it('leaves a process alone that was given the pid of one that is gone', async () => {
  let pid = 0;
  await using run = await openTestRun({
    restore: [step('serve', { run: async (ctx) => void (pid = await launchSleep(ctx)) })],
  });
  await run.declare({ keepScratch: true });
  const { journal } = runLayout(run.runDir);
  const text = await readFile(journal, 'utf8');
  // As if the kernel had given the number to a process that started at another time.
  await writeFile(journal, text.replace(/"startTime":"\d+"/, '"startTime":"1"'));
  try {
    expect(await run.undo()).not.toMatchObject({ exitCode: 90 });
    expect(isAlive(pid)).toBe(true);
  } finally {
    process.kill(pid, 'SIGKILL');
  }
});

it('cleans up after a crash that cut the last line of the journal', async () => {
  await using run = await openTestRun({ restore: [checking('looks', check('made'))] });
  await run.declare({ keepScratch: true });
  await appendFile(runLayout(run.runDir).journal, '{"seq":99,"at":"2026');
  await run.undo();
  expect(run.journal().at(-1)).toMatchObject({ type: 'run.finished' });
});

it('stops, and still undoes, when the journal cannot be written any more', async () => {
  let undone = false;
  await using run = await openTestRun({
    restore: [checking('looks', check('made')), step('serve', { undo: async () => void (undone = true) })],
  });
  await mkdir(run.runDir);
  await symlink('/dev/full', runLayout(run.runDir).journal);
  expect(await run.declare()).toMatchObject({ verdict: 'broken', exitCode: 80 });
  expect(undone).toBe(false);
  expect(run.log()).toContain('step.finished looks failed REPORT_FAILED');
  expect(run.log()).toContain('undo.finished looks');
});

it('lets a listener that throws touch neither steps nor undo, and does not exit 0', async () => {
  await using run = await openTestRun({ restore: [checking('looks', check('made'))] });
  const onEvent = () => {
    throw new Error('the terminal is gone');
  };
  expect(await run.declare({ onEvent })).toMatchObject({ verdict: 'broken', exitCode: 80 });
  expect(run.log()).toContain('undo.finished looks');
});

it('keeps secrets out of journal, logs and facts, in the forms that they take', async () => {
  const secret = `S3cret/with'quote and "more"`;
  await using run = await openTestRun({
    restore: [
      step('talk', {
        async run(ctx) {
          ctx.hide(secret);
          ctx.progress(`it is ${secret}`);
          await ctx.exec('echo', [secret, encodeURIComponent(secret), JSON.stringify(secret)]);
          const { ended } = await ctx.launch({ role: 'talker', command: 'echo', args: [secret] });
          await ended;
          await ctx.attach('note.txt', secret);
          ctx.set('tools', { psql: secret });
          throw new DrillError('COMMAND_FAILED', `no ${secret}`, {
            details: { dsn: `postgres://u:${encodeURIComponent(secret)}@h` },
          });
        },
      }),
    ],
  });
  await run.declare();
  const layout = runLayout(run.runDir);
  const folder = layout.step(1, 'talk');
  for (const file of [
    layout.journal,
    layout.facts,
    ...['command.txt', '01-echo.stdout.log', 'talker.log', 'note.txt'].map((name) => path.join(folder, name)),
  ]) {
    const text = await readFile(file, 'utf8');
    expect(text, file).toContain('[redacted]');
    expect(text, file).not.toMatch(/S3cret/);
  }
});

it('keeps of what a command says only what may be kept, and tells the step all of it', async () => {
  let told = '';
  await using run = await openTestRun({
    restore: [
      step('talk', {
        async run(ctx) {
          const keep = (output: string) => output.replaceAll('a private word', '…');
          told = (await ctx.exec('echo', ['a private word'], { keep })).stdout;
          await ctx.exec('sh', ['-c', 'printf "%s: %s %s\\n" error "a private" word >&2; exit 1'], { keep });
        },
      }),
    ],
  });
  await run.declare();
  const layout = runLayout(run.runDir);
  const kept = ['01-echo.stdout.log', '02-sh.stderr.log'].map((name) =>
    path.join(layout.step(1, 'talk'), name),
  );
  expect(told).toContain('a private word');
  for (const file of [layout.journal, ...kept])
    expect(await readFile(file, 'utf8'), file).not.toMatch(/error: a private word|^a private word/);
  expect(await readFile(layout.journal, 'utf8')).toContain('error: …');
});

it('takes no harm from secrets that are ordinary words and numbers', async () => {
  await using run = await openTestRun({
    restore: [
      step('passed', {
        promises: ['made'],
        async run(ctx) {
          for (const word of ['passed', 'check', 'folder', 'left', '2026', 'true', 'null', 'scratch'])
            ctx.hide(word);
          ctx.set('tools', { psql: '/usr/bin/scratch/psql' });
          ctx.check(check('made'));
          await makeLeft(ctx, 'folder', path.join(run.directory, 'left'));
          expect(ctx.get('tools')).toEqual({ psql: '/usr/bin/scratch/psql' });
        },
      }),
    ],
  });
  // The folder is really left, and is found although its name holds a secret.
  expect(await run.declare()).toMatchObject({ exitCode: 90 });
  expect(run.checks()).toMatchObject([{ id: 'made', verdict: 'passed' }]);
  expect(run.journal()).toHaveLength(run.events.length);
});

it('declares nothing while another run has the scratch', async () => {
  await using run = await openTestRun({ restore: [checking('looks', check('made'))] });
  await writeFile(`${run.scratch}.lock`, JSON.stringify({ run: 'another', pid: 1, startTime: 'never' }));
  await expect(run.declare()).rejects.toMatchObject({ code: 'RUN_LOCKED' });
  expect(existsSync(run.runDir)).toBe(false);
});

async function makeLeft(ctx: StepContext, kind: 'folder' | 'file', name: string): Promise<void> {
  ctx.created({ kind, name });
  await (kind === 'folder' ? mkdir(name) : writeFile(name, ''));
}

/** Makes a run look as if its process had died right after this event. */
async function dieAfter(
  run: { runDir: string; journal(): JournalEvent[] },
  isLast: (event: JournalEvent) => boolean,
): Promise<void> {
  const events = run.journal();
  const kept = events.slice(0, events.findIndex(isLast) + 1);
  await writeFile(runLayout(run.runDir).journal, kept.map((event) => `${JSON.stringify(event)}\n`).join(''));
}
