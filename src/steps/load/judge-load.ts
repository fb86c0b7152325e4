import type { Check } from '../../model/check.ts';
import { plannedActions, type LoadTarget, type Threshold } from './load-target.ts';

/** What k6's handleSummary writes: values per metric, and whether each threshold on it held. */
export interface K6Summary {
  readonly metrics: Readonly<Record<string, K6Metric>>;
}

export interface K6Metric {
  readonly type: 'counter' | 'gauge' | 'rate' | 'trend';
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

/** Every check of a load run, from its summary. */
export function judgeLoad(target: LoadTarget, summary: K6Summary): readonly Check[] {
  return [
    ...target.thresholds.map((threshold) => judgeThreshold(threshold, summary)),
    requestsMade(target, summary),
    rateReached(target, summary),
    websocketEvents(target, summary),
    generatorKeptUp(summary),
  ];
}

/** k6 lets a threshold pass when nothing has fed its metric; to us it has answered nothing. */
function judgeThreshold({ id, claim, metric, limit, source }: Threshold, { metrics }: K6Summary): Check {
  const found = metrics[metric];
  const common = { id: `load.${id}`, claim, expected: `${limit} (${source})` };
  const fed = samplesOf(found);
  if (!found || fed === 0) {
    return { ...common, verdict: 'unverified', seen: `no request fed ${metric}`, code: 'NOT_MEASURED' };
  }
  const ok = found.thresholds?.[limit]?.ok;
  if (ok === undefined) {
    return { ...common, verdict: 'unverified', seen: `k6 did not judge ${limit}`, code: 'NOT_MEASURED' };
  }
  const [, aggregate = '', bound = ''] = /^([a-z]+(?:\(\d+\))?)\s*[<>]=?\s*([\d.]+)$/.exec(limit) ?? [];
  const value = found.values[aggregate];
  const needed = found.type === 'rate' ? samplesToShow(Number(bound)) : 0;
  const unit = found.type === 'rate' ? '' : ' ms';
  return {
    ...common,
    verdict: ok ? 'passed' : 'missed',
    seen: `${aggregate} ${value === undefined ? 'unknown' : round(value)}${unit} over ${fed} samples${
      fed < needed ? `; it takes ${needed} to show this limit` : ''
    }`,
    ...(!ok && { code: 'THRESHOLD_MISSED' }),
    ...(value !== undefined && {
      metric: {
        key: `load_${id.replaceAll('-', '_')}`,
        value: round(value),
        unit: found.type === 'rate' ? 'ratio' : 'ms',
        limit: Number(bound),
        better: 'lower' as const,
      },
    }),
  };
}

/**
 * How many samples without a failure show, with 95 % confidence, that failures are rarer than this share: the rule of
 * three (Hanley and Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 1983; 249:1743).
 */
export function samplesToShow(share: number): number {
  return Math.ceil(3 / share);
}

function requestsMade({ requestsPerSecond, duration }: LoadTarget, summary: K6Summary): Check {
  const count = valueOf(summary, 'http_reqs{phase:measured}', 'count');
  return {
    id: 'load.requests-made',
    claim: 'The load generator made requests',
    verdict: count > 0 ? 'passed' : 'unverified',
    expected: `requests for ${duration}, about ${requestsPerSecond} per second`,
    seen: `${count} requests`,
    ...(count === 0 && { code: 'NOT_MEASURED' }),
  };
}

function rateReached(target: LoadTarget, summary: K6Summary): Check {
  const done = valueOf(summary, 'actions_done{phase:measured}', 'count');
  const planned = Math.round(plannedActions(target));
  const share = done / planned;
  const ok = share >= target.rateReached;
  return {
    id: 'load.rate-reached',
    claim: 'The site took the whole load that was planned',
    verdict: ok ? 'passed' : 'missed',
    expected: `at least ${percent(target.rateReached)} of ${planned} actions`,
    seen: `${done} actions, ${percent(share)}`,
    ...(!ok && { code: 'RATE_NOT_REACHED' }),
    metric: {
      key: 'load_rate_reached',
      value: round(share),
      unit: 'ratio',
      limit: target.rateReached,
      better: 'higher',
    },
  };
}

function websocketEvents({ users, lostEvents }: LoadTarget, summary: K6Summary): Check {
  const posts = valueOf(summary, 'posts_accepted{phase:measured}', 'count');
  const received = valueOf(summary, 'ws_events_received', 'count');
  const closed = valueOf(summary, 'ws_closed_early', 'count');
  const expected = posts * users;
  const lost = expected - received;
  // Each surplus event may stand in for one that was lost.
  const surplus = lost < 0;
  const marks = valueOf(summary, 'post_marks{phase:measured}', 'count') * users;
  const exchanged = lost === 0 && marks !== valueOf(summary, 'ws_event_marks', 'count');
  const verdict =
    posts === 0 || surplus ? 'unverified' : lost > lostEvents || exchanged ? 'missed' : 'passed';
  return {
    id: 'load.websocket-events',
    claim: 'Every message reached every listener over the WebSocket',
    verdict,
    expected: `${posts} messages × ${users} listeners = ${expected} events, at most ${lostEvents} lost`,
    seen: `${received} events, ${surplus ? `${-lost} too many` : exchanged ? 'some lost, and as many twice' : `${lost} lost`}; ${closed} connections ended early`,
    ...(verdict === 'missed' && { code: 'EVENTS_LOST' }),
    ...(verdict === 'unverified' && { code: surplus ? 'EVENTS_SURPLUS' : 'NOT_MEASURED' }),
    ...(!surplus &&
      !exchanged && {
        metric: {
          key: 'load_events_lost',
          value: lost,
          unit: 'events',
          limit: lostEvents,
          better: 'lower' as const,
        },
      }),
  };
}

const LATENESS = 'action_lateness{phase:measured}';
/** Own judgement: later than that, the figures are those of the generator. */
const LATEST_MS = 1_000;

/** Work that was due while every virtual user was still waiting for an answer was never begun. */
function generatorKeptUp(summary: K6Summary): Check {
  const dropped = valueOf(summary, 'dropped_iterations{phase:measured}', 'count');
  const begun = valueOf(summary, LATENESS, 'count');
  const lateMs = valueOf(summary, LATENESS, 'p(95)');
  const behind = dropped > 0 || lateMs > LATEST_MS;
  return {
    id: 'load.generator-kept-up',
    claim: 'The load generator began every action on time',
    verdict: begun > 0 && !behind ? 'passed' : 'unverified',
    expected: `no action dropped, and 95 % begun within ${LATEST_MS} ms of their time`,
    seen: `${dropped} actions dropped; 95 % of ${begun} begun within ${Math.round(lateMs)} ms`,
    ...(begun === 0 && { code: 'NOT_MEASURED' }),
    ...(behind && {
      code: 'GENERATOR_BEHIND',
      hint:
        dropped > 0
          ? 'The site answered too slowly for the number of virtual users, or this machine is too small to make the load.'
          : 'This machine is too small to make the load, or it stood still for a while.',
    }),
  };
}

function samplesOf(metric: K6Metric | undefined): number {
  if (!metric) return 0;
  const { count, passes = 0, fails = 0 } = metric.values;
  return metric.type === 'rate' ? passes + fails : (count ?? 0);
}

function valueOf({ metrics }: K6Summary, metric: string, value: string): number {
  return metrics[metric]?.values[value] ?? 0;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
