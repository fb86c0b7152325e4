/** How hard a site of one size is worked, and what it has to hold. A file in `k6/targets/`. */
export interface Target {
  readonly name: string;
  readonly title: string;
  readonly hardware: Hardware | null;
  readonly users: number;
  /** k6 durations: "15s", "10m". The warm-up comes first and is not judged: a restored copy has cold caches. */
  readonly warmUp: string;
  readonly duration: string;
  /** Actions per second, all users together. */
  readonly rates: Readonly<Record<ActionName, number>>;
  /** An incident has begun: everybody writes. In the last part of the measured time. */
  readonly burst: { readonly postsPerSecond: number; readonly duration: string };
  /** How fast users come: new WebSocket connections per second. */
  readonly connectionsPerSecond: number;
  readonly thresholds: readonly Threshold[];
}

export type ActionName =
  | 'switchChannel'
  | 'scroll'
  | 'unreadCheck'
  | 'createPost'
  | 'draft'
  | 'threads'
  | 'touchPost'
  | 'search'
  | 'statuses';

export interface Hardware {
  readonly application: Machines;
  readonly database: Machines;
  readonly proxy: Machines;
}

export interface Machines {
  readonly count: number;
  readonly vcpus: number;
  readonly memoryGiB: number;
  readonly storageGB: readonly number[];
}

export interface Threshold {
  readonly id: string;
  readonly claim: string;
  /** A metric of k6, with tags where it is about one route. */
  readonly metric: string;
  /** In k6's notation: "p(95)<500". */
  readonly limit: string;
  readonly source: string;
}

/** The step gives the file of the run's tier; k6 by itself takes the smallest one. */
export const target = JSON.parse(
  open(__ENV['MUSTER_TARGET_FILE'] || import.meta.resolve('../targets/lab.json')),
) as Target;

/** Seconds of "90s", "10m" or "1m30s". */
export function toSeconds(duration: string): number {
  let total = 0;
  for (const [, amount = '0', unit] of duration.matchAll(/(\d+)(s|m|h)/g)) {
    total += Number(amount) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1);
  }
  return total;
}
