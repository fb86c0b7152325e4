import type { Check, Metric } from './check.ts';
import type { Claim, JudgedClaim, JudgedWaiver } from './claim.ts';
import type { Moment, Objectives, Phase, Resource } from './drill.ts';
import type { Blame, Details, ErrorCode } from './errors.ts';
import type { LastProof } from './proof.ts';
import type { Verdict } from './verdict.ts';

/** Version of the journal's format. Readers refuse a higher one. Specified in docs/journal.md. */
export const JOURNAL_FORMAT = 1;

/** An error as it is written down. */
export interface RecordedError {
  readonly code: ErrorCode;
  readonly blame: Blame;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly cause?: string | undefined;
  readonly details?: Details | undefined;
}

export interface Machine {
  readonly vcpus: number;
  readonly memoryGiB: number;
  readonly os: string;
  /** Identifies the boot: monotonic times of one boot can be compared. */
  readonly bootId: string;
}

export type JournalBody =
  | {
      readonly type: 'run.started';
      readonly format: number;
      readonly run: string;
      readonly drill: { readonly name: string; readonly title: string; readonly why: string };
      readonly objectives: Objectives;
      readonly application: 'stand-in' | 'official';
      readonly lab: boolean;
      /** The one phase that was run; null for the whole drill. */
      readonly only: Phase | null;
      readonly outageAt: string;
      readonly machine: Machine;
      readonly muster: string;
      readonly commit: string | null;
      readonly reason: string | null;
      readonly operator: string | null;
      readonly participants: readonly string[];
      /** Whether the checks were proven able to fail; null when they never were. Absent from older journals. */
      readonly proof?: LastProof | null;
      /** What the drill promises; none where only one phase was run. Absent from older journals. */
      readonly claims?: readonly Claim[];
      /** Sentences of the standard claims that the drill does not make: nobody promised to look. */
      readonly notClaimed?: readonly string[];
      readonly steps: readonly {
        readonly id: string;
        readonly title: string;
        readonly phase: Phase;
        readonly promises: readonly string[];
      }[];
    }
  | { readonly type: 'run.resumed'; readonly handsOffMs: number }
  | { readonly type: 'phase.started' | 'phase.finished'; readonly phase: Phase }
  | {
      readonly type: 'step.started';
      readonly step: string;
      readonly title: string;
      readonly phase: Phase;
      readonly number: number;
    }
  | { readonly type: 'step.progress'; readonly step: string; readonly message: string }
  | {
      readonly type: 'step.finished';
      readonly step: string;
      readonly phase: Phase;
      readonly outcome: 'done' | 'failed' | 'not-reached';
      readonly durationMs: number;
      /**
       * Processor time of Muster's own process during the step: what is not spent in tools and waits. That of steps at
       * work beside it is in it, too.
       */
      readonly ownCpuMs: number;
      readonly error?: RecordedError | undefined;
      readonly reason?: string | undefined;
    }
  | { readonly type: 'check'; readonly step: string; readonly check: Check }
  | { readonly type: 'metric'; readonly step: string; readonly metric: Metric }
  | { readonly type: 'moment'; readonly moment: Moment; readonly sinceDeclaredMs: number }
  | { readonly type: 'fact'; readonly fact: string }
  | { readonly type: 'evidence'; readonly step: string; readonly file: string }
  | {
      readonly type: 'command';
      readonly step: string;
      readonly command: string;
      readonly exitCode: number;
      readonly durationMs: number;
    }
  | {
      readonly type: 'process.started';
      readonly step: string;
      readonly role: string;
      readonly pid: number;
      readonly startTime: string;
    }
  | { readonly type: 'process.ended'; readonly pid: number; readonly role: string }
  | {
      readonly type: 'resource.created' | 'resource.removed';
      readonly step: string;
      readonly resource: Resource;
    }
  | { readonly type: 'undo.started'; readonly step: string; readonly title: string }
  | {
      readonly type: 'undo.finished';
      readonly step: string;
      readonly durationMs: number;
      readonly error?: RecordedError | undefined;
    }
  | {
      readonly type: 'coverage';
      readonly claims: readonly JudgedClaim[];
      readonly waivers: readonly JudgedWaiver[];
    }
  | { readonly type: 'scratch.kept' }
  | {
      readonly type: 'run.finished';
      readonly verdict: Verdict;
      readonly exitCode: number;
      readonly durationMs: number;
      readonly ownCpuMs: number;
      /** What is still there after undo, after looking: empty when nothing was left behind. */
      readonly leftBehind: readonly string[];
    };

/** One line of journal.jsonl. */
export type JournalEvent = JournalBody & {
  /** 1, 2, 3 … without gaps. */
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Monotonic milliseconds since the run was declared. */
  readonly elapsedMs: number;
};
