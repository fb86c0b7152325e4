import type { Metric } from '../../src/model/check.ts';
import type { RunSummary } from '../run-summary.ts';

/** Metrics that everybody looks for first. What is not named here is shown under its own key. */
const TITLES: Readonly<Record<string, string>> = {
  rto_seconds: 'RTO: declared until a user’s first verified message',
  rpo_seconds: 'RPO: messages lost before the outage',
  rpo_files_seconds: 'RPO: files lost before the outage',
  canaries_lost: 'Canary messages lost',
  canaries_lost_estimated: 'Canary messages lost (estimated)',
  site_healthy_seconds: 'Declared until the site answers',
  complete_seconds: 'Declared until everything is built',
  drill_seconds: 'Length of the drill',
  database_restore_seconds: 'Restore of the database, to service',
  database_complete_seconds: 'Rest of the database: full-text indexes and views',
  files_restore_seconds: 'Restore of the files',
  dns_switch_seconds: 'Switch of the name, at the slowest resolver',
};

const GROUPS = {
  objectives: { title: 'Recovery objectives' },
  times: { title: 'Times' },
  load: { title: 'Load' },
  other: { title: 'Other figures' },
} as const;

/** Everything measured in a run: by checks, by steps, and between the moments of the drill. */
export function metricsOf({ metrics, moments, finished }: RunSummary): Metric[] {
  const between: Metric[] = [
    ...duration('site_healthy_seconds', moments['site-healthy']),
    ...duration('complete_seconds', moments.complete),
    ...duration('drill_seconds', finished?.durationMs),
  ];
  return [...new Map([...between, ...metrics].map((metric) => [metric.key, metric])).values()].filter(
    ({ value }) => Number.isFinite(value),
  );
}

function duration(key: string, ms: number | undefined): Metric[] {
  return ms === undefined ? [] : [{ key, value: ms / 1000, unit: 's', better: 'lower' }];
}

/** A `*-perf.json`: Allure's file of numbers. */
export function renderMetrics(summary: RunSummary): string {
  const start = Date.parse(summary.startedAt);
  const stop = start + (summary.finished?.durationMs ?? 0);
  const rows = metricsOf(summary).map(({ key, value }) => ({ id: key, key, value, start, stop }));
  return `${JSON.stringify(rows, undefined, 2)}\n`;
}

/** How Allure is to show them. */
export function performanceConfig(summary: RunSummary) {
  const metrics = metricsOf(summary).map((metric) => {
    const { key, unit, better = 'lower', limit } = metric;
    const title = TITLES[key] ?? key.replaceAll('_', ' ');
    return [
      key,
      {
        title: limit === undefined ? title : `${title} (objective: ${limit} ${unit})`,
        unit,
        better,
        group: groupOf(metric),
      },
    ] as const;
  });
  return { groups: GROUPS, metrics: Object.fromEntries(metrics) };
}

function groupOf({ key, unit }: Metric): keyof typeof GROUPS {
  if (/^(rto|rpo|canaries)/.test(key)) return 'objectives';
  if (/^(load|k6|http|ws)/.test(key)) return 'load';
  return unit === 's' ? 'times' : 'other';
}
