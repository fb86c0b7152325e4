import { expect, it } from 'vitest';
import { judge, PRECEDENCE } from '../../src/engine/outcome.ts';
import { ERRORS, type ErrorCode } from '../../src/model/errors.ts';
import type { JournalBody, JournalEvent } from '../../src/model/journal.ts';
import { check } from './test-run.ts';

const passed = event({ type: 'check', step: 's', check: check('a') });
const missed = event({ type: 'check', step: 's', check: check('b', 'missed') });
const unverified = event({ type: 'check', step: 's', check: check('c', 'unverified') });
const failed = (code: ErrorCode, step = 's') =>
  event({
    type: 'step.finished',
    step,
    phase: 'restore',
    outcome: 'failed',
    durationMs: 1,
    ownCpuMs: 1,
    error: { code, blame: ERRORS[code].blame, message: '' },
  });
const undoFailed = event({
  type: 'undo.finished',
  step: 's',
  durationMs: 1,
  error: { code: 'DNS_UNREACHABLE', blame: 'environment', message: '' },
});

it.each([
  ['checks that held', [passed], [], 'passed', 0],
  ['no check at all', [], [], 'unverified', 2],
  ['a check that missed', [passed, missed], [], 'missed', 1],
  ['one that could not be made', [passed, unverified], [], 'unverified', 2],
  ['missed and unverified', [missed, unverified], [], 'missed', 1],
  ['an absent backup', [passed, failed('BACKUP_MISSING')], [], 'missed', 1],
  ['a broken tool', [passed, failed('COMMAND_FAILED')], [], 'broken', 80],
  ['a broken tool and a miss', [missed, failed('COMMAND_FAILED')], [], 'broken', 80],
  ['a refusal and a miss', [missed, failed('SCRATCH_NOT_EMPTY')], [], 'broken', 64],
  ['a refusal and a broken tool', [failed('SCRATCH_NOT_EMPTY'), failed('PORT_TAKEN', 't')], [], 'broken', 84],
  ['a bug and a broken tool', [failed('HARNESS_BUG'), failed('PORT_TAKEN', 't')], [], 'broken', 99],
  ['an interruption and a bug', [failed('INTERRUPTED'), failed('HARNESS_BUG', 't')], [], 'interrupted', 130],
  ['an interruption and a miss', [missed, failed('INTERRUPTED')], [], 'interrupted', 130],
  ['something left behind', [passed], ['folder /x'], 'broken', 90],
  ['an undo that failed', [passed, undoFailed], [], 'broken', 90],
  ['an undo that failed after an interruption', [failed('INTERRUPTED'), undoFailed], [], 'interrupted', 90],
  ['a bug with something left behind', [failed('HARNESS_BUG')], ['folder /x'], 'broken', 90],
] as const)('judges %s', (_, events, leftBehind, verdict, exitCode) => {
  expect(judge(events, leftBehind)).toEqual({ verdict, exitCode });
});

it('has a place in the order for every exit code', () => {
  for (const { exit } of Object.values(ERRORS)) expect(PRECEDENCE).toContain(exit);
});

it('judges a step that was tried again by its last try', () => {
  const done = event({
    type: 'step.finished',
    step: 's',
    phase: 'restore',
    outcome: 'done',
    durationMs: 1,
    ownCpuMs: 1,
  });
  expect(judge([failed('PORT_TAKEN'), done, passed], [])).toEqual({ verdict: 'passed', exitCode: 0 });
});

function event(body: JournalBody): JournalEvent {
  return { seq: 1, at: '2026-11-22T00:00:00.000Z', elapsedMs: 0, ...body };
}
