import { expect, it } from 'vitest';
import { browserFailure, judgeTest } from '../../../src/steps/verify/judge-test.ts';
import type { TestEnded } from '../../../src/steps/verify/messages.ts';

it('takes a test for passed when it says what it saw', () => {
  expect(judge({ expected: '12 messages', seen: 'all 12' })).toMatchObject({
    verdict: 'passed',
    seen: 'all 12',
  });
});

it('does not believe a test that recorded nothing', () => {
  expect(judge({})).toMatchObject({ verdict: 'unverified', code: 'NOT_RECORDED' });
});

it("names a miss by the error's own code", () => {
  const check = judge({
    status: 'failed',
    errors: ['SIGN_IN_REFUSED: alice was refused by Mattermost · at x'],
  });
  expect(check).toMatchObject({ verdict: 'missed', code: 'SIGN_IN_REFUSED' });
  expect(check.seen).toContain('alice was refused by Mattermost');
});

it("names any other miss by the check's code, and keeps what was seen", () => {
  const check = judge({
    status: 'timedOut',
    seen: '3 replies',
    errors: ['Test timeout of 30000ms exceeded.'],
  });
  expect(check).toMatchObject({ verdict: 'missed', code: 'MESSAGE_LOST' });
  expect(check.seen).toContain('3 replies');
});

it('takes a skipped test for unverified, with its reason', () => {
  expect(judge({ status: 'skipped', reason: 'No second member.' })).toMatchObject({
    verdict: 'unverified',
    seen: 'No second member.',
  });
});

it("does not blame the site for the browser's own end", () => {
  const errors = ['page.goto: Target page, context or browser has been closed'];
  expect(judge({ status: 'failed', errors })).toMatchObject({
    verdict: 'unverified',
    code: 'BROWSER_CRASHED',
  });
});

it.each([
  ["TypeError: Cannot read properties of undefined (reading 'id')", 'SPEC_FAILED'],
  ['ReferenceError: page is not defined', 'SPEC_FAILED'],
  ['SyntaxError: Unexpected end of JSON input', 'SPEC_FAILED'],
  ['NO_SHARED_TEAM: the drill users have no team in common to write in', 'NO_SHARED_TEAM'],
])('does not blame the site for an error of our own: %s', (error, code) => {
  expect(judge({ status: 'failed', errors: [error] })).toMatchObject({ verdict: 'unverified', code });
});

it("blames the site for a page's error that the spec only quotes", () => {
  const errors = ['Error: the page says TypeError: x is undefined'];
  expect(judge({ status: 'failed', errors })).toMatchObject({ verdict: 'missed', code: 'MESSAGE_LOST' });
});

it.each([
  'browserType.launch: Failed to launch chromium because executable does not exist',
  'browserType.launch: Target page, context or browser has been closed',
  "browserContext.newPage: Executable doesn't exist at /tmp/browsers/ffmpeg-linux",
])('knows a browser that could not be opened: %s', (error) => {
  expect(browserFailure(test({ status: 'failed', errors: [error] }))).toBe(error);
});

it('takes a browser that ends under way for no reason to stop', () => {
  const errors = ['browserContext.newPage: Target page, context or browser has been closed'];
  expect(browserFailure(test({ status: 'failed', errors }))).toBeUndefined();
  expect(judge({ status: 'failed', errors })).toMatchObject({ code: 'BROWSER_CRASHED' });
});

it('gives pictures in the run folder as evidence, and nothing from outside', () => {
  const attachments = ['/run/playwright/a.png', '/elsewhere/b.png'];
  expect(judge({ seen: 'x', attachments }).evidence).toEqual(['playwright/a.png']);
});

function judge(given: Partial<TestEnded>) {
  return judgeTest(test(given), '/run');
}

function test(given: Partial<TestEnded>): TestEnded {
  return {
    type: 'test-ended',
    id: 'messages.thread',
    title: 'A thread is there',
    code: 'MESSAGE_LOST',
    status: 'passed',
    durationMs: 10,
    errors: [],
    attachments: [],
    hosts: [],
    ...given,
  };
}
