import { appendFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { continueClock, startClock } from '../../src/engine/clock.ts';
import { openJournal, readJournal } from '../../src/engine/journal.ts';
import { lockScratch } from '../../src/engine/lock.ts';
import { createRedactor } from '../../src/support/redact.ts';
import { openTempFolder } from '../scripts/tiny-programs.ts';

it('reads back what it has written', async () => {
  await using journal = await openTestJournal();
  expect(readJournal(journal.file)).toMatchObject([
    { seq: 1, type: 'scratch.kept' },
    { seq: 2, type: 'phase.started', phase: 'restore' },
  ]);
});

it('drops a last line that a crash has cut, and writes the next one in its place', async () => {
  await using journal = await openTestJournal();
  await appendFile(journal.file, '{"seq":3,"at":"20');
  const earlier = readJournal(journal.file);
  expect(earlier).toHaveLength(2);
  journal.write(earlier);
  expect(readJournal(journal.file).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
});

it.each([
  ['a line that is missing', (text: string) => text.replace(/^.*\n/, '')],
  ['a line that is no JSON', (text: string) => text.replace('{', '#')],
  ['a line that is no event', (text: string) => `${text}null\n`],
  ['lines in another order', (text: string) => text.trimEnd().split('\n').toReversed().join('\n') + '\n'],
])('finds %s to be an alteration', async (_, alter) => {
  await using journal = await openTestJournal();
  await writeFile(journal.file, alter(await readFile(journal.file, 'utf8')));
  expect(() => readJournal(journal.file)).toThrow(expect.objectContaining({ code: 'EVIDENCE_ALTERED' }));
});

it('refuses a journal of a newer format', async () => {
  await using journal = await openTestJournal();
  await writeFile(journal.file, '{"seq":1,"type":"run.started","format":99}\n');
  expect(() => readJournal(journal.file)).toThrow('has format 99, and this Muster reads up to 1');
});

it('goes on with a clock of the same boot', () => {
  const first = startClock();
  const second = continueClock(first);
  expect(Math.abs(second.sinceDeclared() - first.sinceDeclared())).toBeLessThan(1_000);
  expect(second.sinceDeclared(first.declaredTick + 5_000_000_000n)).toBeCloseTo(5_000, 3);
});

it('goes by the wall clock when the machine was started again', () => {
  const declaredAt = new Date(Date.now() - 3_600_000);
  const clock = continueClock({ declaredAt, bootId: 'another boot', declaredTick: 1n });
  expect(clock.sinceDeclared()).toBeGreaterThanOrEqual(3_600_000);
  expect(clock.sinceDeclared()).toBeLessThan(3_700_000);
});

it('keeps another run off a scratch, whether its holder lives or not', async () => {
  await using folder = await openTempFolder();
  const scratch = path.join(folder.path, 'scratch');
  const lock = lockScratch(scratch, 'run-a');
  expect(() => lockScratch(scratch, 'run-b')).toThrow(
    `belongs to run run-a, which is under way (process ${process.pid})`,
  );
  await writeFile(`${scratch}.lock`, JSON.stringify({ run: 'run-a', pid: 1, startTime: 'never' }));
  expect(() => lockScratch(scratch, 'run-b')).toThrow(
    'belongs to run run-a, which was kept, or whose process died',
  );
  lockScratch(scratch, 'run-a').release();
  lockScratch(scratch, 'run-b').release();
  lock.release();
});

it('does not take a lock over that it cannot read', async () => {
  await using folder = await openTempFolder();
  const scratch = path.join(folder.path, 'scratch');
  await writeFile(`${scratch}.lock`, '');
  expect(() => lockScratch(scratch, 'run-a')).toThrow('is locked, and its lock cannot be read');
});

async function openTestJournal() {
  const folder = await openTempFolder();
  const file = path.join(folder.path, 'journal.jsonl');
  const write = (earlier: ReturnType<typeof readJournal> = []) => {
    using journal = openJournal({
      file,
      earlier,
      redactor: createRedactor(),
      elapsed: () => 0,
      onFailure: (error) => expect.fail(error.message),
      onEvent: () => {},
    });
    journal.emit({ type: 'scratch.kept' });
    journal.emit({ type: 'phase.started', phase: 'restore' });
  };
  write();
  return { ...folder, file, write };
}
