import type { BaselineManifest, TableState } from '../../../baseline/format.ts';
import type { Check } from '../../../model/check.ts';
import { someOf } from '../../../support/some-of.ts';
import { comparison, judgeDifference } from './comparison.ts';

export const TABLE_COMPARISONS = ['rows', 'contents', 'newestRows'] as const;

/** Table by table: rows, checksum, newest rows. */
export function compareTables(manifest: BaselineManifest, restored: readonly TableState[]): readonly Check[] {
  const pairs = pairUp(manifest.tables, restored);
  return [compareRows(manifest, pairs), compareContents(manifest, pairs), compareNewest(manifest, pairs)];
}

interface Pair {
  readonly name: string;
  readonly before: TableState | undefined;
  readonly after: TableState | undefined;
}

function pairUp(before: readonly TableState[], after: readonly TableState[]): readonly Pair[] {
  const [earlier, later] = [before, after].map(
    (tables) => new Map(tables.map((table) => [table.name, table])),
  );
  const names = new Set([...before, ...after].map(({ name }) => name));
  return [...names].toSorted().map((name) => ({ name, before: earlier?.get(name), after: later?.get(name) }));
}

function compareRows(manifest: BaselineManifest, pairs: readonly Pair[]): Check {
  const total = (side: 'before' | 'after') => pairs.reduce((sum, pair) => sum + (pair[side]?.rows ?? 0), 0);
  const check = {
    ...comparison('rows'),
    expected: `${total('before')} rows in ${manifest.tables.length} tables`,
    metric: { key: 'rows_restored', value: total('after'), unit: 'rows' },
  };
  const wrong = pairs.filter(({ before, after }) => before?.rows !== after?.rows);
  if (wrong.length === 0) return { ...check, verdict: 'passed', seen: check.expected };
  const texts = wrong.map(
    ({ name, before, after }) =>
      `${name}: ${after?.rows ?? 'no such table'} of ${before?.rows ?? 'no such table'}`,
  );
  return {
    ...check,
    seen: `${total('after')} rows; ${wrong.length} tables differ: ${someOf(texts)}`,
    ...judgeDifference(manifest, {
      code: 'ROWS_DIFFER_FROM_BASELINE',
      hint: 'Rows were lost, or added, between the primary and the restored copy: see restore.rows-match-dump for which side of the dump.',
    }),
  };
}

/** Tables with other numbers of rows are told by baseline.rows; here those count whose rows are others. */
function compareContents(manifest: BaselineManifest, pairs: readonly Pair[]): Check {
  const both = pairs.filter(({ before, after }) => before !== undefined && after !== undefined);
  const check = {
    ...comparison('contents'),
    expected: `equal checksums of ${manifest.tables.length} tables`,
  };
  const wrong = pairs.filter(({ before, after }) => before?.hash !== after?.hash);
  if (wrong.length === 0 && both.length > 0) return { ...check, verdict: 'passed', seen: check.expected };
  const texts = wrong.map(({ name, before, after }) =>
    before === undefined || after === undefined
      ? `${name} (there on one side alone)`
      : `${name} (${after.rows} rows, checksum ${after.hash} instead of ${before.hash})`,
  );
  return {
    ...check,
    seen: `${wrong.length} tables differ: ${someOf(texts)}`,
    ...judgeDifference(manifest, {
      code: 'TABLE_DIFFERS_FROM_BASELINE',
      hint: 'The rows of these tables are not those of the primary, whatever their number: the dump was changed, or made of something else.',
    }),
  };
}

function compareNewest(manifest: BaselineManifest, pairs: readonly Pair[]): Check {
  const rows = pairs.flatMap(({ name, before, after }) =>
    Object.entries(before?.newest ?? {}).map(([column, at]) => ({
      name: `${name}.${column}`,
      before: at,
      after: after?.newest[column] ?? null,
    })),
  );
  const check = {
    ...comparison('newestRows'),
    expected: `the newest of ${rows.length} columns of time, each equal`,
  };
  const wrong = rows.filter(({ before, after }) => before !== after);
  if (wrong.length === 0 && rows.length > 0) return { ...check, verdict: 'passed', seen: 'all equal' };
  const texts = wrong.map(({ name, before, after }) => `${name}: ${when(after)} instead of ${when(before)}`);
  return {
    ...check,
    seen:
      rows.length === 0 ? 'there is no table that knows times' : `${wrong.length} differ: ${someOf(texts)}`,
    ...judgeDifference(manifest, {
      code: 'NEWEST_ROWS_DIFFER',
      hint: 'The end of the data is missing, or something was written after the dump.',
    }),
  };
}

const when = (at: number | null): string =>
  at === null ? 'nothing' : Math.abs(at) < 8.64e15 ? new Date(at).toISOString() : String(at);
