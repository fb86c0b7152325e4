import { expect, it } from 'vitest';
import { compareRows } from '../../../src/steps/restore/rows-match.ts';

const IN_DUMP = { posts: 6_000, users: 40, preferences: 0 };

it('passes only where every table holds what the dump holds', () => {
  expect(compareRows(IN_DUMP, { ...IN_DUMP, plugin_store: 0 })).toMatchObject({
    verdict: 'passed',
    seen: '6040 rows in 3 tables',
  });
});

it.each([
  ['a row is missing', { ...IN_DUMP, posts: 5_999 }, 'posts: 5999 of 6000'],
  ['a row is there twice', { ...IN_DUMP, posts: 6_001 }, 'posts: 6001 of 6000'],
  ['a table is missing', { posts: 6_000, users: 40 }, 'preferences: no table of 0'],
  [
    'there are rows of which the dump knows nothing',
    { ...IN_DUMP, jobs: 2 },
    'jobs: 2, and none in the dump',
  ],
])('misses when %s', (_what, restored, seen) => {
  const check = compareRows(IN_DUMP, restored);
  expect(check).toMatchObject({ verdict: 'missed', code: 'ROWS_DIFFER' });
  expect(check.seen).toContain(seen);
});

it('proves nothing by a dump whose rows cannot be counted', () => {
  expect(compareRows({}, IN_DUMP).verdict).toBe('unverified');
});
