import { expect, it } from 'vitest';
import { defineDrill, type Drill } from '../../src/model/drill.ts';
import { formatDuration, hours, parseDuration } from '../../src/model/duration.ts';
import { step } from '../engine/test-run.ts';

const DRILL: Drill = {
  title: 'A drill',
  why: 'To be told apart.',
  objectives: { rpo: hours(24), rto: hours(4), tier: 'e20' },
  preflight: [step('find', { gives: ['backups'] })],
  restore: [step('restore', { needs: ['backups'] })],
};

it('takes a drill whose needs are met', () => {
  expect(defineDrill(DRILL)).toBe(DRILL);
});

it.each([
  ['a need that no earlier step gives', { preflight: [] }, 'needs "backups", which no earlier step gives'],
  [
    'a need that only a later phase gives',
    { preflight: [], verify: [step('find', { gives: ['backups'] })] },
    'needs "backups"',
  ],
  ['an id that is there twice', { verify: [step('find')] }, 'Step "find" (verify) is in the drill twice'],
  ['an id that is no file name', { verify: [step('../x')] }, 'must be kebab-case (got "../x")'],
  ['a phase that is misspelt', { verfy: [step('look')] }, '"verfy" is no part of a drill'],
  ['a drill without steps', { preflight: [], restore: [] }, 'has no steps'],
  ['a budget that is none', { verify: [step('look', { budget: 0 })] }, 'The budget of step "Step look"'],
  [
    'a budget that a timer cannot wait for',
    { verify: [step('look', { budget: hours(24 * 30) })] },
    'The budget of step',
  ],
  ['an objective that is none', { objectives: { ...DRILL.objectives, rto: Number.NaN } }, 'Objective "rto"'],
])('rejects %s', (_, change, message) => {
  expect(() => defineDrill({ ...DRILL, ...change })).toThrow(message);
});

it.each([
  ['90s', 90_000],
  ['1h30m', 5_400_000],
  ['7d', 604_800_000],
  ['1.5h', 5_400_000],
  ['250ms', 250],
])('reads %s as a duration', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each(['', '15', '15 min', '-1h', '1h 30m', 'h', '1e3s', `${'9'.repeat(400)}d`])(
  'takes "%s" for no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

it.each([
  [740, '740ms'],
  [999.7, '1s'],
  [8_400, '8.4s'],
  [59_999, '1m'],
  [252_000, '4m12s'],
  [hours(26), '26h'],
  [hours(74), '3d2h'],
  [-8_400, '-8.4s'],
])('shows %d ms as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
