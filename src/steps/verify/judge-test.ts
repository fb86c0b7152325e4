import path from 'node:path';
import type { Check } from '../../model/check.ts';
import type { TestEnded } from './messages.ts';

/** A browser that could not be opened at all: no check can be made, and none of them is about the site. */
export function browserFailure({ errors }: TestEnded): string | undefined {
  return errors.find(
    (error) => error.startsWith('browserType.launch') || (NO_PAGE.test(error) && !CRASHED.test(error)),
  );
}

/** It started, and shows nothing. */
const NO_PAGE = /^(browser\.newContext|browserContext\.newPage)\b/;

/** The browser's own end says nothing about the site. */
const CRASHED = /(page|target) crashed|browser has been closed|browser has disconnected/i;

/** A mistake in a spec, or answers of a shape that it does not know: where it stands is not told by it. */
const SPEC_FAILED = /^(TypeError|ReferenceError|SyntaxError)\b/;

/** Codes of our own preparations: the question was never put to the site. */
const NOT_PUT: ReadonlySet<string> = new Set(['NO_SHARED_TEAM']);

/** What a finished test means. Passed is only what the spec has seen and said; a skip answers nothing. */
export function judgeTest(test: TestEnded, runDir: string): Check {
  const { id, title, status, expected = 'as the claim says', seen } = test;
  const evidence = test.attachments
    .map((file) => path.relative(runDir, file))
    .filter((file) => !file.startsWith('..'));
  const common = { id, claim: title, expected, ...(evidence.length > 0 && { evidence }) };

  switch (status) {
    case 'passed':
      return seen === undefined
        ? {
            ...common,
            verdict: 'unverified',
            seen: 'the spec did not record what it saw',
            code: 'NOT_RECORDED',
          }
        : { ...common, verdict: 'passed', seen };
    case 'failed':
    case 'timedOut': {
      const [error = 'the test ended without saying why'] = test.errors;
      if (CRASHED.test(error))
        return { ...common, verdict: 'unverified', seen: error, code: 'BROWSER_CRASHED' };
      if (SPEC_FAILED.test(error))
        return { ...common, verdict: 'unverified', seen: error, code: 'SPEC_FAILED' };
      const named = /^([A-Z][A-Z_]{4,}): /.exec(error)?.[1];
      const why = named === undefined ? error : error.slice(named.length + 2);
      return {
        ...common,
        verdict: named !== undefined && NOT_PUT.has(named) ? 'unverified' : 'missed',
        seen: seen === undefined ? why : `${seen} (${why})`,
        code: named ?? test.code,
      };
    }
    case 'skipped':
    case 'interrupted':
      return {
        ...common,
        verdict: 'unverified',
        seen:
          status === 'interrupted'
            ? 'the check was interrupted'
            : (test.reason ?? 'it was skipped without a reason'),
        code: status === 'interrupted' ? 'INTERRUPTED' : 'NOT_APPLICABLE',
      };
  }
}
