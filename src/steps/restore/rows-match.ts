import type { Check } from '../../model/check.ts';

type Rows = Readonly<Record<string, number>>;

const CLAIM = 'Every table holds exactly the rows that the dump holds for it';

/** Compares row counts of the dump with those of the restored copy. It proves the restore, not the backup. */
export function compareRows(inDump: Rows, inDatabase: Rows): Check {
  const wrong = Object.entries(inDump).filter(([table, rows]) => inDatabase[table] !== rows);
  const extra = Object.entries(inDatabase).filter(([table, rows]) => rows > 0 && !(table in inDump));
  const total = Object.values(inDump).reduce((sum, rows) => sum + rows, 0);
  const base = {
    id: 'restore.rows-match-dump',
    claim: CLAIM,
    expected: `${total} rows in ${Object.keys(inDump).length} tables`,
  };
  if (Object.keys(inDump).length === 0)
    return {
      ...base,
      verdict: 'unverified',
      seen: 'the dump has no rows that can be counted without a server',
    };
  if (wrong.length + extra.length === 0) return { ...base, verdict: 'passed', seen: base.expected };
  const shown = [
    ...wrong.map(([table, rows]) => `${table}: ${inDatabase[table] ?? 'no table'} of ${rows}`),
    ...extra.map(([table, rows]) => `${table}: ${rows}, and none in the dump`),
  ];
  return {
    ...base,
    verdict: 'missed',
    code: 'ROWS_DIFFER',
    seen: `${shown.length} tables differ: ${shown.slice(0, 5).join('; ')}`,
    hint: 'Restore again into an empty scratch; if it differs again, the dump or the tools are at fault.',
  };
}
