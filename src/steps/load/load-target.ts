import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DrillError } from '../../model/errors.ts';

const k6Duration = z
  .string()
  .regex(/^(\d+(s|m|h))+$/, { error: 'must be a duration such as "90s" or "10m"' });

const machines = z.strictObject({
  count: z.int().min(1),
  vcpus: z.number().positive(),
  memoryGiB: z.number().positive(),
  storageGB: z.array(z.number()),
});

const threshold = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  claim: z.string(),
  metric: z.string(),
  limit: z.string(),
  source: z.string(),
});
export type Threshold = z.output<typeof threshold>;

const targetSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  why: z.string(),
  hardware: z
    .strictObject({ application: machines, database: machines, proxy: machines })
    .nullable()
    .describe('What the tier is for; null for one that fits any machine and proves nothing about others'),
  hardwareSource: z.string().nullable(),
  users: z.int().min(1),
  warmUp: k6Duration,
  duration: k6Duration,
  requestsPerSecond: z.number().describe('About how many API requests all actions come to'),
  rates: z.record(z.string(), z.number().positive()),
  burst: z.strictObject({ postsPerSecond: z.number().positive(), duration: k6Duration }),
  connectionsPerSecond: z.number().positive(),
  lostEvents: z.int().min(0),
  rateReached: z.number().min(0).max(1).describe('Share of the planned actions that must come to their end'),
  thresholds: z.array(threshold).min(1),
  sources: z.array(z.string()),
});
export type LoadTarget = z.output<typeof targetSchema>;

export const K6_FOLDER = fileURLToPath(new URL('../../../k6/', import.meta.url));

/** The file of a hardware tier. Throws CONFIG_INVALID when there is none of this name, or it is damaged. */
export function readLoadTarget(tier: string): LoadTarget {
  try {
    return targetSchema.parse(JSON.parse(readFileSync(`${K6_FOLDER}targets/${tier}.json`, 'utf8')));
  } catch (cause) {
    throw new DrillError('CONFIG_INVALID', `k6/targets/${tier}.json cannot be used as a hardware tier`, {
      cause,
      hint: 'Set objectives.tier to the name of a file in k6/targets/.',
    });
  }
}

/** Ids of the checks that load under this target makes. */
export function loadChecksOf({ thresholds }: Pick<LoadTarget, 'thresholds'>): readonly string[] {
  return [
    ...thresholds.map(({ id }) => `load.${id}`),
    'load.requests-made',
    'load.rate-reached',
    'load.websocket-events',
    'load.generator-kept-up',
    'load.hardware',
    'load.site-well',
    'load.site-reached',
  ];
}

/** Seconds of "90s", "10m" or "1m30s". */
export function k6Seconds(text: string): number {
  const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
  return [...text.matchAll(/(\d+)(s|m|h)/g)].reduce(
    (total, [, amount, unit = 's']) => total + Number(amount) * (units[unit] ?? 0),
    0,
  );
}

/** Actions that are planned for the measured time, the burst included. */
export function plannedActions({ rates, burst, duration }: LoadTarget): number {
  const perSecond = Object.values(rates).reduce((sum, rate) => sum + rate, 0);
  return perSecond * k6Seconds(duration) + burst.postsPerSecond * k6Seconds(burst.duration);
}
