import type { Metric } from '../src/model/check.ts';
import { formatDuration } from '../src/model/duration.ts';
import type { RunSummary } from './run-summary.ts';

export interface MeasuredMetric extends Metric {
  /** For people. */
  readonly title: string;
  /** The value with its unit, for people. */
  readonly text: string;
}

/** Metrics that everybody looks for. What is not named here is shown under its own key. */
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

/** Everything measured in a run: between the moments of the drill, by steps and by checks. */
export function metricsOf({ metrics, moments, finished }: RunSummary): MeasuredMetric[] {
  const all: Metric[] = [
    ...duration('site_healthy_seconds', moments['site-healthy']),
    ...duration('complete_seconds', moments.complete),
    ...duration('drill_seconds', finished?.durationMs),
    ...metrics,
  ];
  return [...new Map(all.map((metric) => [metric.key, metric])).values()]
    .filter(({ value }) => Number.isFinite(value))
    .map((metric) => ({ ...metric, title: TITLES[metric.key] ?? words(metric.key), text: textOf(metric) }));
}

function duration(key: string, ms: number | undefined): Metric[] {
  return ms === undefined ? [] : [{ key, value: ms / 1000, unit: 's', better: 'lower' }];
}

function words(key: string): string {
  const text = key.replace(/_seconds$/, '').replaceAll('_', ' ');
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;
}

function textOf({ value, unit, limit }: Metric): string {
  const show = (amount: number) =>
    unit === 's' ? formatDuration(amount * 1000) : `${Number(amount.toPrecision(6))} ${unit}`;
  return limit === undefined ? show(value) : `${show(value)} (objective ${show(limit)})`;
}
