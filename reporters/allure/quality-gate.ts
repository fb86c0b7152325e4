import type { Verdict } from '../../src/model/verdict.ts';
import type { RunSummary } from '../run-summary.ts';

/**
 * What must hold for Allure's own gate to agree with the verdict. A metric that is missing fails its rule, so one is
 * asked for where the drill promises to measure it.
 */
export function qualityGateRules({ started, steps, verdict }: RunSummary) {
  const promised = new Set(started.steps.flatMap(({ promises }) => promises));
  const made = new Set(steps.flatMap(({ checks }) => checks.map(({ id }) => id)));
  const wants = (...ids: string[]) => ids.some((id) => promised.has(id) || made.has(id));
  const { rto, rpo } = started.objectives;
  return [
    { id: 'Verdict', verdict },
    { id: 'Nothing failed', maxFailures: 0 },
    { id: 'Everything was verified', everythingPassed: true },
    ...(wants('objective.rto', 'login.first-message')
      ? [{ id: 'RTO', metricMax: { key: 'rto_seconds', value: rto / 1000, unit: 's' } }]
      : []),
    ...(wants('rpo.messages')
      ? [{ id: 'RPO', metricMax: { key: 'rpo_seconds', value: rpo / 1000, unit: 's' } }]
      : []),
  ];
}

/** The gate is never greener than the journal. */
export const verdictRule = {
  rule: 'verdict',
  message: ({ expected }: { expected: Verdict }) => `the run is ${expected}`,
  successMessage: () => 'the run has passed',
  validate: async ({ expected }: { expected: Verdict }) => ({
    success: expected === 'passed',
    actual: expected,
    testResults: [],
  }),
};

interface Judged {
  readonly id: string;
  readonly status: string;
  readonly labels: readonly { readonly name: string; readonly value?: string }[];
}

/**
 * Allure's own success rate leaves out what is unknown or skipped; for a drill that is no success. What somebody has
 * signed for is told apart by its label, and does not fail the gate, as it does not fail the run.
 */
export const everythingPassedRule = {
  rule: 'everythingPassed',
  message: ({ actual }: { actual: number }) => `${actual} checks and steps did not pass`,
  successMessage: () => 'every promised check was made and held, or somebody has signed for it',
  validate: async ({ trs }: { trs: readonly Judged[] }) => {
    const isWaived = ({ labels }: Judged) =>
      labels.some(({ name, value }) => name === 'verdict' && value === 'waived');
    const others = trs
      .filter((judged) => judged.status !== 'passed' && !isWaived(judged))
      .map(({ id }) => id);
    return { success: others.length === 0 && trs.length > 0, actual: others.length, testResults: others };
  },
};

interface Limit {
  readonly key: string;
  readonly title?: string;
  readonly value?: number;
  readonly unit?: string;
}

/** Allure prints a metric rule that held as "[object Object]", and one without a value as "n/a exceeds". */
export function withReadableMetrics<R extends { rule: string }>(rule: R): R {
  if (!rule.rule.startsWith('metric')) return rule;
  const say = ({ actual, expected }: { actual: Limit; expected: Limit }) =>
    actual.value === undefined
      ? `${expected.key} was not measured; the objective is ${expected.value} ${expected.unit ?? ''}`
      : `${actual.title ?? actual.key}: ${actual.value} ${actual.unit ?? ''}; at most ${expected.value} ${expected.unit ?? ''}`;
  return { ...rule, message: say, successMessage: say };
}
