import { readFile, rm, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { PHASES } from '../../src/model/drill.ts';
import { isAlive } from '../engine/test-run.ts';
import { openDesk } from './muster.ts';

it('passes, closes with what people ask for, and leaves nothing behind', async () => {
  await using desk = await openDesk();
  const { exitCode, stdout } = await desk.muster('run passes');
  expect(exitCode).toBe(0);
  const closing = stdout.slice(stdout.indexOf('Verdict'));
  expect(closing).toMatch(/^Verdict +PASSED .*rehearsal/);
  expect(closing).toMatch(/^RTO +objective 1h/m);
  expect(closing).toMatch(/^RPO +objective 1h/m);
  expect(closing).toMatch(/^preflight +passed +1 passed/m);
  expect(closing).toMatch(/^Report +\/.*index\.html$/m);
  expect(closing).toMatch(/^Clean-up +nothing is left behind/m);
  expect(await desk.alive()).toEqual([]);
  expect(await desk.scratch()).toEqual([]);

  // The evidence holds, until somebody touches it.
  const [run = ''] = await desk.runs();
  expect(await desk.muster('verify last')).toMatchObject({ exitCode: 0 });
  await writeFile(desk.at('results', run, 'added.txt'), '');
  await rm(desk.at('results', run, 'junit.xml'));
  const facts = desk.at('results', run, 'run.json');
  await writeFile(facts, (await readFile(facts, 'utf8')).replace('passes', 'pasted'));
  const verified = await desk.muster('verify last');
  expect(verified.exitCode).toBe(1);
  expect(verified.stderr).toContain('[EVIDENCE_ALTERED]');
  expect(verified.stderr).toContain('added.txt: was added');
  expect(verified.stderr).toContain('junit.xml: is missing');
  expect(verified.stderr).toContain('run.json: has other content');
});

it.each([
  ['misses', 1, 'MISSED'],
  ['unsure', 2, 'UNVERIFIED'],
  ['breaks', 80, 'BROKEN'],
  ['crashes', 99, 'BROKEN'],
])('ends drill "%s" with %d and %s, everything undone', async (drill, exit, verdict) => {
  await using desk = await openDesk();
  const { exitCode, stdout } = await desk.muster(['run', drill]);
  expect(stdout).toMatch(new RegExp(`^Verdict +${verdict}`, 'm'));
  expect(exitCode).toBe(exit);
  expect(await desk.alive()).toEqual([]);
  expect(await desk.scratch()).toEqual([]);
});

it('exits 90 when something is left behind, keeps others off it, and cleans up once it can', async () => {
  await using desk = await openDesk();
  const first = await desk.muster('run leaves');
  expect(first.exitCode).toBe(90);
  expect(first.stdout).toMatch(/^Clean-up +LEFT BEHIND/m);
  expect(await desk.scratch()).toEqual(['left']);

  const second = await desk.muster('run passes');
  expect(second.stderr).toContain('[RUN_LOCKED]');
  expect(second.exitCode).toBe(64);

  const undone = await desk.muster('undo last', { MUSTER_TEST_REPAIRED: 'yes' });
  expect(undone.exitCode).toBe(0);
  expect(await desk.scratch()).toEqual([]);
});

it('prints nothing but JSON lines with --json, and tells no secret anywhere', async () => {
  await using desk = await openDesk();
  const { exitCode, stdout, stderr } = await desk.muster('run talks --json');
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { seq: number });
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(exitCode).toBe(0);
  const [run = ''] = await desk.runs();
  const talker = await desk.read('results', run, 'steps', '02-talk', 'talker.log');
  expect(talker).toBe('I say [redacted]\n');
  expect(stdout + stderr + (await desk.read('results', run, 'journal.jsonl'))).not.toContain(
    'not-to-be-told',
  );
});

it('undoes also when nobody reads its output any more', async () => {
  await using desk = await openDesk();
  const session = desk.start(['run', 'talks']);
  await session.sees('line 1');
  session.child.stdout?.destroy();
  session.child.stderr?.destroy();
  expect((await session.result).exitCode).toBe(0);
  expect(await desk.alive()).toEqual([]);
  expect(await desk.scratch()).toEqual([]);
});

it.each(PHASES)('stops at Ctrl-C in %s and undoes, whatever is pressed then', async (phase) => {
  await using desk = await openDesk();
  const session = desk.start(['run', 'waits'], { MUSTER_TEST_PHASE: phase });
  await session.sees(`waiting in ${phase}`);
  // As a terminal does it: to all of the process group.
  process.kill(-(session.child.pid ?? 0), phase === 'load' ? 'SIGTERM' : 'SIGINT');
  await session.sees('stopping, then undoing');
  await session.sees('undo: Wait in');
  process.kill(-(session.child.pid ?? 0), 'SIGINT');
  const { exitCode, stdout, stderr } = await session.result;
  expect(stderr).toContain('SIGINT again: undo is under way and goes on');
  expect(stdout).toMatch(/^Verdict +INTERRUPTED/m);
  expect(stdout).toMatch(/^Clean-up +nothing is left behind/m);
  expect(exitCode).toBe(130);
  expect(await desk.alive()).toEqual([]);
  expect(await desk.scratch()).toEqual([]);
});

it('cleans up after kill -9 by `muster undo`, and never calls that run passed', async () => {
  await using desk = await openDesk();
  const session = desk.start(['run', 'waits']);
  await session.sees('waiting in restore');
  session.child.kill('SIGKILL');
  await session.result;
  const [left] = await desk.alive();
  expect(left?.role).toBe('wait-in-restore');
  expect((await desk.muster('list --kept')).stdout).toMatch(/waits.*not finished/);

  const refused = await desk.muster('run passes');
  expect(refused.stderr).toContain('muster undo');
  expect(refused.exitCode).toBe(64);

  const undone = await desk.muster('undo last');
  expect(undone.stdout).toMatch(/^Verdict +INTERRUPTED/m);
  expect(undone.exitCode).toBe(0);
  expect(isAlive(left?.pid ?? 0)).toBe(false);
  expect(await desk.scratch()).toEqual([]);
  expect((await desk.muster('list --kept')).stdout).toBe('no run keeps its scratch\n');
});

it('keeps a scratch, shows it, goes on with it and takes it down', async () => {
  await using desk = await openDesk();
  const first = await desk.muster('run resumes --keep-scratch');
  expect(first.exitCode).toBe(89);
  expect(await desk.alive()).toHaveLength(1);
  expect((await desk.muster('list --kept')).stdout).toMatch(/resumes-.*broken +scratch kept/);

  const refused = await desk.muster('run --resume last --outage-at 2026-01-01T00:00:00Z');
  expect(refused.stderr).toContain('--outage-at cannot be given');
  expect(refused.exitCode).toBe(64);

  await writeFile(desk.at('repaired'), '');
  const second = await desk.muster('run --resume last');
  expect(second.stdout).toMatch(/^Verdict +PASSED/m);
  expect(second.stdout).not.toContain('▸ Start a server');
  expect(second.exitCode).toBe(0);
  expect(await desk.alive()).toEqual([]);
  expect(await desk.scratch()).toEqual([]);
  expect((await desk.muster('report last')).stdout).toMatch(/index\.html\n$/);
});
