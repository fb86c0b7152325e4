import { describeSigner, signersOf, waiversOf, whyOpen } from './claims.ts';
import { shownVerdicts, type ShownVerdict } from '../src/model/claim.ts';
import { escapeXml } from './escape-xml.ts';
import { lastProof } from './last-proof.ts';
import { renderRecordedError } from './recorded-error.ts';
import { leftBehind, type RunSummary, type StepSummary } from './run-summary.ts';

/**
 * JUnit XML for CI systems: a suite of claims, and one per step with a case per check. Unverified is an error there: it
 * must not look green. What is waived is skipped.
 */
export function renderJunit(summary: RunSummary): string {
  const { started, startedAt, steps } = summary;
  const suites = [
    ...claimsSuite(summary),
    ...steps.map((step) => stepSuite(summary, step)),
    ...cleanUpSuite(summary),
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escapeXml(started.drill.title)}" ${countCases(suites.flatMap(({ cases }) => cases))} timestamp="${startedAt}">`,
    '  <properties>',
    `    <property name="checks" value="${escapeXml(lastProof(summary).text)}"/>`,
    '  </properties>',
    ...suites.map(renderSuite),
    '</testsuites>',
    '',
  ].join('\n');
}

interface Suite {
  readonly name: string;
  readonly seconds: number;
  readonly cases: readonly Case[];
}

interface Case {
  readonly classname: string;
  readonly name: string;
  readonly result: 'passed' | 'failure' | 'error' | 'skipped';
  readonly message: string;
  /** A code, for those who sort by it. */
  readonly type: string;
  readonly text: string;
}

const RESULTS: Readonly<Record<ShownVerdict, Case['result']>> = {
  passed: 'passed',
  missed: 'failure',
  unverified: 'error',
  waived: 'skipped',
};

function claimsSuite(summary: RunSummary): Suite[] {
  const { coverage } = summary;
  if (coverage.claims.length === 0) return [];
  const cases = coverage.claims.map((claim): Case => {
    const { id, sentence, verdict } = claim;
    const lines = [whyOpen(claim, summary), ...waiversOf(claim, summary).map(describeSigner)];
    return {
      classname: 'claims',
      name: `${id}: ${sentence}`,
      result: RESULTS[verdict === 'proven' ? 'passed' : verdict],
      message: lines.at(-1) ?? '',
      type: verdict,
      text: lines.join('\n'),
    };
  });
  return [{ name: 'claims', seconds: 0, cases }];
}

function stepSuite(summary: RunSummary, step: StepSummary): Suite {
  const shown = shownVerdicts(summary.coverage);
  const classname = `${step.phase}.${step.id}`;
  const cases = step.checks.map((check): Case => {
    const { id, claim, expected, seen, code, hint } = check;
    const verdict = shown(check);
    return {
      classname,
      name: `${id}: ${claim}`,
      result: RESULTS[verdict],
      message: verdict === 'waived' ? `${seen}; ${signersOf(id, summary)}` : seen,
      type: code ?? verdict,
      text: [`expected ${expected}`, `saw ${seen}`, ...(hint ? [hint] : [])].join('\n'),
    };
  });
  const own: Case[] = step.error
    ? [
        {
          classname,
          name: step.title,
          result: step.error.blame === 'backups' ? 'failure' : 'error',
          message: step.error.message,
          type: step.error.code,
          text: renderRecordedError(step.error).join('\n'),
        },
      ]
    : [];
  return {
    name: `${step.phase}: ${step.title}`,
    seconds: step.durationMs / 1000,
    cases: [...own, ...cases],
  };
}

/** What is left behind is an error of its own: every check may have held, and somebody must act all the same. */
function cleanUpSuite(summary: RunSummary): Suite[] {
  const left = leftBehind(summary);
  if (!left) return [];
  const text = left.join('\n');
  const only: Case = {
    classname: 'clean-up',
    name: 'Nothing is left behind',
    result: left.length === 0 ? 'passed' : 'error',
    message: text,
    type: 'TEARDOWN_INCOMPLETE',
    text,
  };
  return [{ name: 'clean-up', seconds: 0, cases: [only] }];
}

function renderSuite({ name, seconds, cases }: Suite): string {
  return [
    `  <testsuite name="${escapeXml(name)}" ${countCases(cases)} time="${seconds}">`,
    ...cases.map(renderCase),
    '  </testsuite>',
  ].join('\n');
}

function renderCase({ classname, name, result, message, type, text }: Case): string {
  const open = `    <testcase classname="${classname}" name="${escapeXml(name)}"`;
  if (result === 'passed') return `${open}/>`;
  // Of a skipped case readers know the message alone.
  if (result === 'skipped') return `${open}><skipped message="${escapeXml(message)}"/></testcase>`;
  return `${open}><${result} message="${escapeXml(message)}" type="${type}">${escapeXml(text)}</${result}></testcase>`;
}

function countCases(cases: readonly Case[]): string {
  const count = (wanted: Case['result']) => cases.filter(({ result }) => result === wanted).length;
  return `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
}
