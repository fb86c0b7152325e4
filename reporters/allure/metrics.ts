import type { Metric } from '../../src/model/check.ts';
import { metricsOf } from '../metrics.ts';
import type { RunSummary } from '../run-summary.ts';

const GROUPS = {
  objectives: { title: 'Recovery objectives' },
  times: { title: 'Times' },
  load: { title: 'Load' },
  other: { title: 'Other figures' },
} as const;

/** A `*-perf.json`: Allure's file of numbers, https://allurereport.org/docs/performance-metrics/ */
export function renderMetrics(summary: RunSummary): string {
  const start = Date.parse(summary.startedAt);
  const stop = start + (summary.finished?.durationMs ?? 0);
  const rows = metricsOf(summary).map(({ key, value }) => ({ id: key, key, value, start, stop }));
  return `${JSON.stringify(rows, undefined, 2)}\n`;
}

/** How Allure is to show them. */
export function performanceConfig(summary: RunSummary) {
  const metrics = metricsOf(summary).map((metric) => {
    const { key, title, unit, better = 'lower', limit } = metric;
    const shown = limit === undefined ? title : `${title} (objective ${limit} ${unit})`;
    return [key, { title: shown, unit, better, group: groupOf(metric) }] as const;
  });
  return { groups: GROUPS, metrics: Object.fromEntries(metrics) };
}

function groupOf({ key, unit }: Metric): keyof typeof GROUPS {
  if (/^(rto|rpo|canaries)/.test(key)) return 'objectives';
  if (/^(load|k6|http|ws)/.test(key)) return 'load';
  return unit === 's' ? 'times' : 'other';
}
