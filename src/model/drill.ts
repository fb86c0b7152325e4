import type { Check, Metric } from './check.ts';
import type { Claim } from './claim.ts';
import type { Config, SecretRef } from './config.ts';
import type { Milliseconds } from './duration.ts';
import type { Fact, Facts } from './facts.ts';
import { requireClaims } from './require-claims.ts';

export const PHASES = ['preflight', 'restore', 'failover', 'verify', 'load'] as const;
export type Phase = (typeof PHASES)[number];

/** The moments that objectives are measured between. */
export type Moment = 'declared' | 'download-started' | 'site-healthy' | 'first-verified-message' | 'complete';

export interface Objectives {
  /** How much may be lost: outage minus newest message that came back. */
  readonly rpo: Milliseconds;
  /** How long it may take: declared until a user's first verified message. */
  readonly rto: Milliseconds;
  /** Hardware tier: the name of a file in `k6/targets/`. */
  readonly tier: string;
}

export interface ExecOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Exit codes that are no error. */
  readonly accept?: readonly number[];
  /** Text for the process's standard input, or a stream piped into it. */
  readonly input?: string | NodeJS.ReadableStream;
  /** What of its output is kept as evidence, where not all of it may be. */
  readonly keep?: (output: string) => string;
  /** Run as this user when we are root. */
  readonly as?: { readonly uid: number; readonly gid: number } | undefined;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LaunchOptions {
  /** What it is, for people: "scratch database server". */
  readonly role: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Listened on for it: it is given the socket as file descriptor 3, also where it could not listen itself. */
  readonly listen?: { readonly address: string; readonly port: number };
}

export interface LaunchedProcess {
  readonly pid: number;
  readonly startTime: string;
  /** Resolves when the process has ended, with its exit code or signal. */
  readonly ended: Promise<string>;
  readonly logFile: string;
}

/** Something that the run made outside its own folder, and that must be gone at the end. */
export interface Resource {
  readonly kind:
    'folder' | 'database' | 'dns-record' | 'port' | 'bucket-prefix' | 'file' | 'namespace' | 'kubernetes';
  readonly name: string;
}

/** What a step is given. Everything it records through here ends up in the journal. */
export interface StepContext {
  readonly signal: AbortSignal;
  readonly config: Config;
  readonly objectives: Objectives;
  /** The run's folder, for files that are evidence. */
  readonly runDir: string;
  readonly runId: string;
  /** Whether the run is a rehearsal on the embedded lab. */
  readonly lab: boolean;
  /** The moment of the outage: ages, expiry and RPO are measured at it. */
  readonly outageAt: Date;
  /** The name, typed by the operator, that may be switched although it serves production. */
  readonly confirmed: string | null;
  get<K extends Fact>(fact: K): Facts[K];
  find<K extends Fact>(fact: K): Facts[K] | undefined;
  set<K extends Fact>(fact: K, value: Facts[K]): void;
  /** Records a check. It never stops the step: throw when going on would be unsafe. */
  check(check: Check): void;
  metric(metric: Metric): void;
  /** Takes the time of a moment on the monotonic clock. `at` is a `process.hrtime.bigint()` of this machine's boot. */
  mark(moment: Moment, at?: bigint): void;
  /** One line for people who wait. Never silent for long: say what is going on and how far it is. */
  progress(message: string): void;
  /** Adds a file to this step's evidence, secrets redacted on the way in. Resolves to its path in the run folder. */
  attach(name: string, body: string | Buffer): Promise<string>;
  /** Resolves a reference to its value and keeps that value out of every log from here on. */
  secret(ref: SecretRef): Promise<string>;
  /** Keeps a value made during the run (a generated password, a leased token) out of every log from here on. */
  hide(value: string): void;
  /** Runs a command to its end, with command line and output as evidence. Rejects with COMMAND_FAILED. */
  exec(command: string, args: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** Starts a process for the scratch and writes its pid and start time to the journal, where undo finds it. */
  launch(options: LaunchOptions): Promise<LaunchedProcess>;
  /** Ends every launched process with this role, last one first. */
  endLaunched(role: string): Promise<void>;
  /** Says that something outside the run folder is about to be made; undo has to account for it. */
  created(resource: Resource): void;
  /** Says that it is gone, after looking. */
  removed(resource: Resource): void;
}

/** What a step's promises may depend on. */
export type PromiseSetting = Pick<StepContext, 'config' | 'objectives'>;

/** The ids of the checks that a step promises under these settings. */
export function promisesOf({ promises = [] }: Step, setting: PromiseSetting): readonly string[] {
  return typeof promises === 'function' ? promises(setting) : promises;
}

export interface Step {
  /** Short imperative that a manager can read: "Restore the database". */
  readonly title: string;
  /** Stable kebab-case name, unique in a drill. */
  readonly id: string;
  readonly needs?: readonly Fact[];
  readonly gives?: readonly Fact[];
  /**
   * Checks that this step promises to make, by id; a function where they follow from the site's settings. One that was
   * not made is recorded as unverified.
   */
  readonly promises?: readonly string[] | ((setting: PromiseSetting) => readonly string[]);
  /** Checks whose miss condemns this step's input: it is then recorded as not reached. */
  readonly condemnedBy?: readonly string[];
  /**
   * It may be at work while the steps that follow it in its phase are, up to the first one that needs what it gives or
   * is condemned by what it checks. They must not touch what it makes.
   */
  readonly beside?: boolean;
  readonly budget: Milliseconds;
  /** For `muster plan`: what it would do, with the exact commands, one per line. Touches nothing. */
  plan?(config: Config): readonly string[];
  run(ctx: StepContext): Promise<void>;
  /** Queued before `run` starts, so it must cope with work that only half happened, or never did. */
  undo?(ctx: StepContext): Promise<void>;
}

export interface Drill extends Readonly<Partial<Record<Phase, readonly Step[]>>> {
  readonly title: string;
  readonly why: string;
  readonly objectives: Objectives;
  /** What it promises. A claim that nothing has looked at keeps the run from passing. */
  readonly claims?: readonly Claim[];
}

/** The longest that a timer can wait: 2^31 - 1 ms. Node lets a longer one run out at once. */
const LONGEST_BUDGET: Milliseconds = 2_147_483_647;

/**
 * Checks, when the file is loaded, that each step's needs are given by an earlier step, that ids are unique, that claims
 * can be proven, and that nothing is spelt so that it would silently not be taken. Throws a TypeError.
 */
export function defineDrill(drill: Drill): Drill {
  requireKnownKeys(drill);
  for (const name of ['rpo', 'rto'] as const) {
    const objective = drill.objectives[name];
    if (!(Number.isFinite(objective) && objective > 0))
      throw new TypeError(`Objective "${name}" must be a length of time (got ${objective}).`);
  }
  const given = new Set<Fact>();
  const ids = new Set<string>();
  for (const phase of PHASES) {
    for (const step of drill[phase] ?? []) {
      requireSoundStep(step, phase);
      if (ids.has(step.id)) throw new TypeError(`Step "${step.id}" (${phase}) is in the drill twice.`);
      ids.add(step.id);
      for (const need of step.needs ?? []) {
        if (!given.has(need)) {
          throw new TypeError(
            `Step "${step.title}" (${phase}) needs "${need}", which no earlier step gives.`,
          );
        }
      }
      for (const fact of step.gives ?? []) given.add(fact);
    }
  }
  if (ids.size === 0) throw new TypeError(`Drill "${drill.title}" has no steps.`);
  requireClaims(
    drill.claims ?? [],
    PHASES.flatMap((phase) => drill[phase] ?? []),
  );
  return drill;
}

/** A phase whose name is misspelt would never be run, and the drill would pass without it. */
function requireKnownKeys(drill: Drill): void {
  const known = ['title', 'why', 'objectives', 'claims', ...PHASES];
  const unknown = Object.keys(drill).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new TypeError(`"${unknown}" is no part of a drill; its phases are ${PHASES.join(', ')}.`);
}

function requireSoundStep({ id, title, budget }: Step, phase: Phase): void {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))
    throw new TypeError(`The id of step "${title}" (${phase}) must be kebab-case (got "${id}").`);
  if (!(budget > 0 && budget <= LONGEST_BUDGET))
    throw new TypeError(`The budget of step "${title}" (${phase}) must be up to 24 days (got ${budget} ms).`);
}
