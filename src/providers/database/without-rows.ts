/** Lines in which a program of PostgreSQL tells what went wrong; the others quote the row or the statement at fault. */
const TELLS = /^(?:\S*(?:pg_restore|psql)\S*: |(?:ERROR|FATAL|PANIC|WARNING|NOTICE|HINT): )/;

/** What the server was given and could not read: `invalid input syntax for type bigint: "…"`. */
const QUOTED_VALUE = /\b(invalid input (?:syntax|value) for [^:"]*(?:"[^"]*"[^:"]*)?: ).*$/;

/**
 * What psql and pg_restore complained of, without what they quote from the rows they stumbled over (CONTEXT, DETAIL,
 * LINE, "Command was"): people's messages must not get into logs and reports.
 */
export function withoutRows(output: string): string {
  return output
    .split('\n')
    .filter((line) => TELLS.test(line))
    .map((line) => `${line.replace(QUOTED_VALUE, '$1…')}\n`)
    .join('');
}
