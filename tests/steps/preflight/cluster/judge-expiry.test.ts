import { expect, it } from 'vitest';
import { hours } from '../../../../src/model/duration.ts';
import { judgeExpiry } from '../../../../src/steps/preflight/cluster/judge-expiry.ts';

const NOW = new Date('2026-11-22T12:00:00Z');

it.each([
  ['never expires', null],
  ['expires after the RTO', '2026-11-22T16:00:01Z'],
])('takes a backup that %s', (_what, expiresAt) => {
  expect(judgeExpiry(expiresAt, NOW, hours(4)).verdict).toBe('passed');
});

it.each([
  ['expires while the drill may still run', '2026-11-22T15:59:00Z', '3h59m from now'],
  ['has expired, and is still there', '2026-11-22T11:00:00Z', '1h ago'],
])('misses one that %s', (_what, expiresAt, when) => {
  expect(judgeExpiry(expiresAt, NOW, hours(4))).toMatchObject({
    verdict: 'missed',
    code: 'BACKUP_EXPIRES_SOON',
    seen: expect.stringContaining(when),
  });
});
