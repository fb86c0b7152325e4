import { expect, it } from 'vitest';
import type { BackupSet } from '../../../src/model/facts.ts';
import { judgeSkew } from '../../../src/steps/backups/judge-skew.ts';

const AT = '2026-11-22T02:00:00.000Z';

function backups(files: string, velero: string | null = null): BackupSet {
  const dump = { location: '', keys: [], format: 'custom', compression: 'none', bytes: 1 } as const;
  const store = { location: '', kind: 'prefix', key: 'files/', objects: 1, bytes: 1, sha256: {} } as const;
  return {
    database: { ...dump, takenAt: AT, takenAtSource: 'manifest', dumpedBy: null, sha256: {} },
    files: { ...store, takenAt: files },
    configuration: null,
    velero: velero === null ? null : { name: 'daily', takenAt: velero, expiresAt: null },
  };
}

it.each([
  ['of the same moment', AT, 'passed', 'of the same moment'],
  ['a job’s length older', '2026-11-22T01:50:00.000Z', 'passed', '10m older'],
  ['newer', '2026-11-22T04:00:00.000Z', 'passed', '2h newer: what was uploaded in between is there without'],
  [
    'hours older',
    '2026-11-21T23:00:00.000Z',
    'missed',
    '3h older: what was uploaded in between is known and not there',
  ],
])('tells what files mean that are %s than the database', (_, files, verdict, seen) => {
  const check = judgeSkew(backups(files), 'dated');
  expect(check.verdict).toBe(verdict);
  expect(check.seen).toContain(seen);
  expect(check.code).toBe(verdict === 'missed' ? 'FILES_OLDER_THAN_DATABASE' : undefined);
});

it('does not take the newest file of a live copy for the moment of its copying', () => {
  const check = judgeSkew(backups('2026-11-01T00:00:00.000Z'), 'live');
  expect(check).toMatchObject({ verdict: 'passed', seen: expect.stringContaining('a live copy') });
  expect(check.metric).toBeUndefined();
});

it('tells how far Velero is apart, and what that means', () => {
  expect(judgeSkew(backups(AT, '2026-11-21T23:00:00.000Z'), 'dated').seen).toContain(
    '3h older: changes of the cluster',
  );
});
