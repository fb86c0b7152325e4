import { expect, it } from 'vitest';
import {
  judgeLoad,
  samplesToShow,
  type K6Metric,
  type K6Summary,
} from '../../../src/steps/load/judge-load.ts';
import {
  k6Seconds,
  loadChecksOf,
  plannedActions,
  readLoadTarget,
} from '../../../src/steps/load/load-target.ts';

const TARGET = readLoadTarget('lab');
const P95 = 'http_req_duration{phase:measured}';

it('passes a run in which every limit held', () => {
  const verdicts = new Set(judgeLoad(TARGET, healthy()).map(({ verdict }) => verdict));
  expect(verdicts).toEqual(new Set(['passed']));
});

it('misses the one threshold that k6 says was crossed, with both numbers', () => {
  const summary = healthy();
  const crossed = { ...summary.metrics[P95], thresholds: { 'p(95)<2000': { ok: false } } } as K6Metric;
  const checks = judgeLoad(TARGET, withMetric(summary, P95, crossed));
  const missed = checks.filter(({ verdict }) => verdict === 'missed');
  expect(missed.map(({ id, code }) => [id, code])).toEqual([['load.request-p95', 'THRESHOLD_MISSED']]);
  expect(missed[0]?.metric).toMatchObject({ key: 'load_request_p95', value: 20, limit: 2000, unit: 'ms' });
});

it('calls a threshold unverified that no request fed, though k6 lets it pass', () => {
  const search = TARGET.thresholds.find(({ id }) => id === 'search-p99');
  const empty: K6Metric = {
    type: 'trend',
    values: { count: 0, 'p(99)': 0 },
    thresholds: { [search?.limit ?? '']: { ok: true } },
  };
  const checks = judgeLoad(TARGET, withMetric(healthy(), search?.metric ?? '', empty));
  expect(checks.filter(({ verdict }) => verdict !== 'passed')).toMatchObject([
    { id: 'load.search-p99', verdict: 'unverified', code: 'NOT_MEASURED' },
  ]);
});

it('proves nothing when no request was made at all', () => {
  const verdicts = judgeLoad(TARGET, { metrics: {} }).map(({ id, verdict }) => [id, verdict]);
  expect(verdicts.filter(([, verdict]) => verdict === 'passed')).toEqual([]);
  expect(verdicts).toContainEqual(['load.requests-made', 'unverified']);
  expect(verdicts).toContainEqual(['load.websocket-events', 'unverified']);
});

it('misses when one event was lost on the way to a listener', () => {
  const summary = withMetric(healthy(), 'ws_events_received', counter(10 * TARGET.users - 1));
  const [check] = judgeLoad(TARGET, summary).filter(({ verdict }) => verdict === 'missed');
  expect(check).toMatchObject({ id: 'load.websocket-events', code: 'EVENTS_LOST' });
});

it('misses when an event was lost and another one came twice', () => {
  const summary = withMetric(healthy(), 'ws_event_marks', counter(499 * TARGET.users));
  const [check] = judgeLoad(TARGET, summary).filter(({ verdict }) => verdict === 'missed');
  expect(check).toMatchObject({ id: 'load.websocket-events', code: 'EVENTS_LOST' });
});

it('proves nothing about events when more came than were sent: lost ones may hide behind them', () => {
  const summary = withMetric(healthy(), 'ws_events_received', counter(10 * TARGET.users + 1));
  const open = judgeLoad(TARGET, summary).filter(({ verdict }) => verdict !== 'passed');
  expect(open).toMatchObject([
    { id: 'load.websocket-events', verdict: 'unverified', code: 'EVENTS_SURPLUS' },
  ]);
  expect(open[0]).not.toHaveProperty('metric');
});

it('misses when the site took less than nine tenths of the planned actions', () => {
  const done = Math.floor(plannedActions(TARGET) * 0.89);
  const [check] = judgeLoad(
    TARGET,
    withMetric(healthy(), 'actions_done{phase:measured}', counter(done)),
  ).filter(({ verdict }) => verdict === 'missed');
  expect(check).toMatchObject({ id: 'load.rate-reached', code: 'RATE_NOT_REACHED' });
});

it('does not call a load complete whose generator fell behind', () => {
  const summary = withMetric(healthy(), 'dropped_iterations{phase:measured}', counter(3));
  expect(judgeLoad(TARGET, summary).find(({ id }) => id === 'load.generator-kept-up')).toMatchObject({
    verdict: 'unverified',
    code: 'GENERATOR_BEHIND',
  });
});

it('does not believe the figures of a generator that stood still', () => {
  const summary = withMetric(healthy(), 'action_lateness{phase:measured}', lateness(3_000));
  expect(judgeLoad(TARGET, summary).filter(({ verdict }) => verdict !== 'passed')).toMatchObject([
    { id: 'load.generator-kept-up', verdict: 'unverified', code: 'GENERATOR_BEHIND' },
  ]);
});

it('says that a share of failures cannot be shown by fewer requests than it takes', () => {
  const { seen } = judgeLoad(TARGET, healthy()).find(({ id }) => id === 'load.server-errors') ?? {};
  expect(seen).toBe('rate 0 over 200 samples; it takes 12000 to show this limit');
});

it.each(['e20', 'e20-1000', 'e20-2000'])('makes requests enough at %s to show its limits', (tier) => {
  const { requestsPerSecond, duration, thresholds } = readLoadTarget(tier);
  const needed = thresholds.flatMap(({ limit }) => {
    const [, share] = /^rate<([\d.]+)$/.exec(limit) ?? [];
    return share === undefined ? [] : [samplesToShow(Number(share))];
  });
  expect(requestsPerSecond * k6Seconds(duration)).toBeGreaterThan(Math.max(...needed));
});

it.each(['lab', 'proof', 'e20', 'e20-1000', 'e20-2000'])(
  'has a usable target file for %s, with a source per limit',
  (tier) => {
    const target = readLoadTarget(tier);
    expect(target.name).toBe(tier);
    for (const { source } of target.thresholds) expect(source).not.toBe('');
    const made = judgeLoad(target, { metrics: {} }).map(({ id }) => id);
    expect([...made, 'load.hardware', 'load.site-well', 'load.site-reached'].toSorted()).toEqual(
      loadChecksOf(target).toSorted(),
    );
  },
);

it('rejects a tier without a file with CONFIG_INVALID', () => {
  expect(() => readLoadTarget('e99')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});

function healthy(): K6Summary {
  const thresholds = TARGET.thresholds.map(({ metric, limit }): [string, K6Metric] => {
    const held = { [limit]: { ok: true } };
    return limit.startsWith('rate')
      ? [metric, { type: 'rate', values: { rate: 0, passes: 0, fails: 200 }, thresholds: held }]
      : [
          metric,
          { type: 'trend', values: { count: 200, avg: 5, 'p(95)': 20, 'p(99)': 30 }, thresholds: held },
        ];
  });
  const merged: Record<string, K6Metric> = {};
  for (const [name, metric] of thresholds) {
    merged[name] = { ...metric, thresholds: { ...merged[name]?.thresholds, ...metric.thresholds } };
  }
  return {
    metrics: {
      ...merged,
      'http_reqs{phase:measured}': counter(600),
      'actions_done{phase:measured}': counter(Math.ceil(plannedActions(TARGET))),
      'posts_accepted{phase:measured}': counter(10),
      ws_events_received: counter(10 * TARGET.users),
      'post_marks{phase:measured}': counter(500),
      ws_event_marks: counter(500 * TARGET.users),
      'action_lateness{phase:measured}': lateness(20),
    },
  };
}

function withMetric({ metrics }: K6Summary, name: string, metric: K6Metric): K6Summary {
  return { metrics: { ...metrics, [name]: metric } };
}

function lateness(ms: number): K6Metric {
  return { type: 'trend', values: { count: 200, 'p(95)': ms } };
}

function counter(count: number): K6Metric {
  return { type: 'counter', values: { count } };
}
