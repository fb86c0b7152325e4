import type { Check } from '../src/model/check.ts';
import { escapeXml } from './escape-xml.ts';
import { renderRecordedError } from './recorded-error.ts';
import { leftBehind, type RunSummary, type StepSummary } from './run-summary.ts';

/** JUnit XML for CI systems: a suite per step, a case per check. Unverified is an error there: it must not look green. */
export function renderJunit(summary: RunSummary): string {
  const { started, startedAt, steps } = summary;
  const cases = [...steps.map(renderStep), ...cleanUpSuite(summary)];
  const total = (pick: (suite: Suite) => number) => cases.reduce((sum, suite) => sum + pick(suite), 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escapeXml(started.drill.title)}" tests="${total(({ tests }) => tests)}" failures="${total(({ failures }) => failures)}" errors="${total(({ errors }) => errors)}" timestamp="${startedAt}">`,
    ...cases.map(({ xml }) => xml),
    '</testsuites>',
    '',
  ].join('\n');
}

/** What is left behind is an error of its own: every check may have held, and somebody must act all the same. */
function cleanUpSuite(summary: RunSummary): Suite[] {
  const left = leftBehind(summary);
  if (!left) return [];
  const errors = left.length === 0 ? 0 : 1;
  const text = escapeXml(left.join('\n'));
  const body =
    errors === 0 ? '/>' : `><error message="${text}" type="TEARDOWN_INCOMPLETE">${text}</error></testcase>`;
  const xml = [
    `  <testsuite name="clean-up" tests="1" failures="0" errors="${errors}" time="0">`,
    `    <testcase classname="clean-up" name="Nothing is left behind"${body}`,
    '  </testsuite>',
  ].join('\n');
  return [{ tests: 1, failures: 0, errors, xml }];
}

interface Suite {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly xml: string;
}

function renderStep(step: StepSummary): Suite {
  const checks = step.checks.map((check) => renderCheck(step, check));
  const own = step.error
    ? [
        `    <testcase classname="${step.phase}.${step.id}" name="${escapeXml(step.title)}"><${step.error.blame === 'backups' ? 'failure' : 'error'} message="${escapeXml(step.error.message)}" type="${step.error.code}">${escapeXml(renderRecordedError(step.error).join('\n'))}</${step.error.blame === 'backups' ? 'failure' : 'error'}></testcase>`,
      ]
    : [];
  const failures =
    step.checks.filter(({ verdict }) => verdict === 'missed').length +
    (step.error?.blame === 'backups' ? 1 : 0);
  const errors =
    step.checks.filter(({ verdict }) => verdict === 'unverified').length +
    (step.error && step.error.blame !== 'backups' ? 1 : 0);
  const tests = checks.length + own.length;
  const xml = [
    `  <testsuite name="${escapeXml(`${step.phase}: ${step.title}`)}" tests="${tests}" failures="${failures}" errors="${errors}" time="${step.durationMs / 1000}">`,
    ...own,
    ...checks,
    '  </testsuite>',
  ].join('\n');
  return { tests, failures, errors, xml };
}

function renderCheck(step: StepSummary, { id, claim, verdict, expected, seen, code, hint }: Check): string {
  const open = `    <testcase classname="${step.phase}.${step.id}" name="${escapeXml(`${id}: ${claim}`)}"`;
  if (verdict === 'passed') return `${open}/>`;
  const text = escapeXml([`expected ${expected}`, `saw ${seen}`, ...(hint ? [hint] : [])].join('\n'));
  const element = verdict === 'missed' ? 'failure' : 'error';
  return `${open}><${element} message="${escapeXml(seen)}" type="${code ?? verdict}">${text}</${element}></testcase>`;
}
