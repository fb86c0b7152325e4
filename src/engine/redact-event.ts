import type { JournalBody } from '../model/journal.ts';
import type { Redactor } from '../support/redact.ts';

/**
 * Fields that the engine goes by: names, ids, verdicts, what undo has to find again. They hold no secrets, and a weak one
 * ("mattermost", "passed", "2026") must not be able to change what a journal says.
 */
const STRUCTURE: ReadonlySet<string> = new Set([
  ...['type', 'run', 'name', 'id', 'step', 'steps', 'phase', 'number', 'outcome', 'verdict', 'promises'],
  ...['code', 'blame', 'moment', 'fact', 'resource', 'leftBehind', 'startTime', 'outageAt', 'machine'],
  ...['evidence', 'file', 'key', 'unit', 'better', 'objectives', 'application', 'commit', 'muster'],
]);

/** An event without secrets in any of its texts. */
export function redactEvent(body: JournalBody, redactor: Redactor): JournalBody {
  return redactFields(body, redactor) as JournalBody;
}

function redactFields(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactor.redact(value);
  if (Array.isArray(value)) return value.map((item) => redactFields(item, redactor));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => {
      if (key === 'details') return [key, redactor.redactJson(child)];
      return [key, STRUCTURE.has(key) ? child : redactFields(child, redactor)];
    }),
  );
}
