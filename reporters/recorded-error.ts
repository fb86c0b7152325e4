import type { RecordedError } from '../src/model/journal.ts';

/** A recorded error as the lines that people read: first line for the ticket, then cause, details and next action. */
export function renderRecordedError({ message, code, cause, details = {}, hint }: RecordedError): string[] {
  return [
    `${message} [${code}]`,
    ...(cause === undefined ? [] : [`  cause: ${cause}`]),
    ...Object.entries(details).map(([name, value]) => `  ${name}: ${value}`),
    ...(hint === undefined ? [] : [`  hint: ${hint}`]),
  ];
}
