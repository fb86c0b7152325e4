import type { Options, Scenario } from 'k6/options';
import { target, toSeconds, type ActionName } from './target.ts';

/** How long listeners stay after the last action: what was sent in the last second must have time to come. */
export const LISTEN_LONGER_SECONDS = 5;

export const totalSeconds = toSeconds(target.warmUp) + toSeconds(target.duration);

/** A rate that does not depend on how fast the server answers: a slow one must not be given less to do. */
export function buildOptions(): Options {
  const scenarios: Record<string, Scenario> = {
    listeners: {
      executor: 'per-vu-iterations',
      exec: 'listener',
      vus: target.users,
      iterations: 1,
      maxDuration: `${totalSeconds + LISTEN_LONGER_SECONDS + 30}s`,
      gracefulStop: '5s',
      tags: { phase: 'listening' },
    },
  };
  for (const [action, perSecond] of Object.entries(target.rates) as [ActionName, number][]) {
    const name = action.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    scenarios[`warm_up_${name}`] = arrivals(action, perSecond, 'warm-up', target.warmUp, 0);
    scenarios[name] = arrivals(action, perSecond, 'measured', target.duration, toSeconds(target.warmUp));
  }
  const { postsPerSecond, duration } = target.burst;
  const burstStart = totalSeconds - toSeconds(duration);
  scenarios['burst'] = arrivals('createPost', postsPerSecond, 'measured', duration, burstStart);

  return {
    scenarios,
    thresholds: buildThresholds(),
    summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)', 'count'],
    noConnectionReuse: false,
    userAgent: 'muster-load',
    discardResponseBodies: false,
  };
}

function arrivals(
  action: ActionName,
  perSecond: number,
  phase: string,
  duration: string,
  startSeconds: number,
): Scenario {
  // Whole numbers only, so that slow rates are given per hour.
  const perHour = Math.max(1, Math.round(perSecond * 3600));
  return {
    executor: 'constant-arrival-rate',
    exec: 'action',
    rate: perHour,
    timeUnit: '1h',
    duration,
    startTime: `${startSeconds}s`,
    gracefulStop: '30s',
    preAllocatedVUs: Math.max(2, Math.ceil(perSecond * 2)),
    maxVUs: Math.max(10, Math.ceil(perSecond * 30)),
    env: { ACTION: action, PHASE: phase, EVERY_MS: String(3_600_000 / perHour) },
    tags: { phase },
  };
}

function buildThresholds(): Record<string, string[]> {
  const thresholds: Record<string, string[]> = {
    // Always true: k6 keeps a metric by its tags only where a threshold asks for it, and the report wants these.
    'http_reqs{phase:measured}': ['count>=0'],
    'actions_done{phase:measured}': ['count>=0'],
    'posts_accepted{phase:measured}': ['count>=0'],
    'post_marks{phase:measured}': ['count>=0'],
    'action_lateness{phase:measured}': ['max>=0'],
    'dropped_iterations{phase:measured}': ['count>=0'],
  };
  for (const { metric, limit } of target.thresholds) {
    thresholds[metric] = [...(thresholds[metric] ?? []), limit];
  }
  return thresholds;
}
