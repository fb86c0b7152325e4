import type { JournalEvent } from '../model/journal.ts';
import { standingChecks } from '../model/standing-checks.ts';

/** Something that a run did not pass over in silence. */
export interface Finding {
  /** The id of a check, `error` for what stopped a step or an undo, or `left behind`. */
  readonly what: string;
  readonly code: string;
  readonly seen: string;
}

/** What could not be looked at because of an earlier finding blames nobody. */
const CONSEQUENCES = new Set(['NOT_REACHED', 'NOT_MADE']);

/** Every check of a run that did not pass, and every error. */
export function findings(events: readonly JournalEvent[]): readonly Finding[] {
  const checks = [...standingChecks(events).values()].flatMap(({ check: { id, verdict, code, seen } }) =>
    verdict === 'passed' || CONSEQUENCES.has(code ?? '') ? [] : [{ what: id, code: code ?? '', seen }],
  );
  const errors = events.flatMap((event) =>
    (event.type === 'step.finished' || event.type === 'undo.finished') && event.error
      ? [{ what: 'error', code: event.error.code, seen: event.error.message }]
      : [],
  );
  const left = events.flatMap((event) => (event.type === 'run.finished' ? event.leftBehind : []));
  return [
    ...checks,
    ...errors,
    ...left.map((seen) => ({ what: 'left behind', code: 'TEARDOWN_INCOMPLETE', seen })),
  ];
}
