import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { closingLines } from '../../reporters/closing-lines.ts';
import { renderJunit } from '../../reporters/junit.ts';
import { leftBehind, summarise } from '../../reporters/run-summary.ts';
import { JOURNALS, journalText, type JournalName } from '../golden/build-journals.ts';
import { RENDERERS } from '../golden/expected.ts';
import { GOLDEN, goldenEvents } from './golden-run.ts';

describe.each(Object.keys(JOURNALS) as JournalName[])('the journal "%s"', (name) => {
  it('is the one that its builder tells', async () => {
    expect(await readFile(path.join(GOLDEN, `${name}.jsonl`), 'utf8')).toBe(journalText(name));
  });

  it.each(Object.keys(RENDERERS))('gives the %s that was read and agreed to', async (extension) => {
    const render = RENDERERS[extension];
    expect(render?.(goldenEvents(name))).toBe(
      await readFile(path.join(GOLDEN, `${name}.${extension}`), 'utf8'),
    );
  });
});

describe('a run whose process died', () => {
  const summary = summarise(goldenEvents('interrupted'));

  it('is interrupted, and what it did not come to is unverified', () => {
    expect(summary.verdict).toBe('interrupted');
    const load = summary.steps.find(({ id }) => id === 'run-load');
    expect(load).toMatchObject({ outcome: 'not-reached', verdict: 'unverified' });
    expect(load?.checks).toMatchObject([{ id: 'load.rate-reached', verdict: 'unverified' }]);
  });

  it('is not said to be cleaned up', () => {
    expect(leftBehind(summary)).not.toEqual([]);
    expect(closingLines(summary, undefined).join('\n')).toContain('run `muster undo RUN`');
  });
});

it('shows what is left behind as an error in JUnit, although every check held', () => {
  const xml = renderJunit(summarise(goldenEvents('undo-incomplete')));
  expect(xml).toMatch(/<testsuites [^>]*failures="0" errors="1"/);
  expect(xml).toContain('process 4711 (scratch database server)');
});

it('never calls an unverified check a passed one in JUnit', () => {
  const xml = renderJunit(summarise(goldenEvents('missed')));
  expect(xml).toMatch(/login\.primary-idp-never-contacted[^/]*><error /);
});
