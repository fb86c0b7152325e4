import type { Check } from './check.ts';
import type { JournalEvent } from './journal.ts';
import { gravest } from './verdict.ts';

export interface StandingCheck {
  readonly step: string;
  readonly check: Check;
  /** When it was made. ISO 8601. */
  readonly at: string;
}

/**
 * The checks that count, by id. A step that is taken again makes its checks anew. Within one try the gravest stands: a
 * check that was missed cannot be made good by making it once more.
 */
export function standingChecks(events: readonly JournalEvent[]): Map<string, StandingCheck> {
  const standing = new Map<string, StandingCheck>();
  for (const event of events) {
    if (event.type === 'step.started') {
      for (const [id, { step }] of standing) if (step === event.step) standing.delete(id);
    }
    if (event.type !== 'check') continue;
    const { step, check, at } = event;
    const earlier = standing.get(check.id)?.check.verdict;
    if (earlier === undefined || gravest([earlier, check.verdict]) === check.verdict)
      standing.set(check.id, { step, check, at });
  }
  return standing;
}
