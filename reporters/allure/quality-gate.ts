import type { RunSummary } from '../run-summary.ts';

/**
 * What must hold for Allure's own gate to agree with the verdict. A metric that is missing fails its rule, so one is
 * asked for where the drill promises to measure it.
 */
export function qualityGateRules({ started, steps }: RunSummary) {
  const promised = new Set(started.steps.flatMap(({ promises }) => promises));
  const made = new Set(steps.flatMap(({ checks }) => checks.map(({ id }) => id)));
  const wants = (...ids: string[]) => ids.some((id) => promised.has(id) || made.has(id));
  const { rto, rpo } = started.objectives;
  return [
    { id: 'Nothing failed', maxFailures: 0 },
    { id: 'Everything was verified', successRate: 1 },
    ...(wants('objective.rto', 'login.first-message')
      ? [{ id: 'RTO', metricMax: { key: 'rto_seconds', value: rto / 1000, unit: 's' } }]
      : []),
    ...(wants('rpo.messages')
      ? [{ id: 'RPO', metricMax: { key: 'rpo_seconds', value: rpo / 1000, unit: 's' } }]
      : []),
  ];
}
