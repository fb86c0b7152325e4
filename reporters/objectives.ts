import type { Check } from '../src/model/check.ts';
import { formatDuration } from '../src/model/duration.ts';
import type { RunSummary } from './run-summary.ts';

export interface MeasuredObjective {
  readonly name: 'RTO' | 'RPO';
  /** What is measured, in the words of the check. */
  readonly meaning: string;
  readonly objectiveMs: number;
  readonly objective: string;
  /** Null when it was not measured, or what was measured cannot be relied on. */
  readonly measuredMs: number | null;
  readonly measured: string | null;
  readonly verdict: Check['verdict'];
}

/** The two promises of a drill, held against what was measured. Never a number that a check did not stand for. */
export function measureObjectives({ started, steps }: RunSummary): MeasuredObjective[] {
  const checks = steps.flatMap((step) => step.checks);
  const measure = (
    name: MeasuredObjective['name'],
    id: string,
    objectiveMs: number,
    meaning: string,
  ): MeasuredObjective => {
    const check = checks.find((one) => one.id === id);
    const measuredMs = check?.metric && check.verdict !== 'unverified' ? check.metric.value * 1000 : null;
    return {
      name,
      meaning,
      objectiveMs,
      objective: formatDuration(objectiveMs),
      measuredMs,
      measured: measuredMs === null ? null : formatDuration(measuredMs),
      verdict: measuredMs === null ? 'unverified' : (check?.verdict ?? 'unverified'),
    };
  };
  return [
    measure('RTO', 'objective.rto', started.objectives.rto, 'until a first message sent and received'),
    measure('RPO', 'rpo.messages', started.objectives.rpo, 'of messages lost'),
  ];
}
