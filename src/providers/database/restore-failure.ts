import { DrillError } from '../../model/errors.ts';
import { withoutRows } from './without-rows.ts';

/** What a client of PostgreSQL says when the ground gave way, rather than the dump being at fault. */
const GROUND: readonly (readonly [RegExp, 'DISK_TOO_SMALL' | 'DATABASE_UNREACHABLE', string, string])[] = [
  [
    /No space left on device|could not extend file|disk full/i,
    'DISK_TOO_SMALL',
    'the disk filled up during the restore',
    'Give scratch.directory, or the scratch server, a larger disk.',
  ],
  [
    /server closed the connection|connection to server .* failed|terminating connection|could not connect|the database system is (?:shutting|starting|in recovery)|connection not open|no connection to the server|Connection terminated|ECONNREFUSED|ECONNRESET|EPIPE/i,
    'DATABASE_UNREACHABLE',
    'the scratch database server went away during the restore',
    "Its log tells why: in this step's folder of the run, or on the server that was given. Often memory ran out.",
  ],
];

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /unsupported version|unrecognized configuration parameter/,
    'The dump is newer than these tools or this server: install at least the PostgreSQL that made it.',
  ],
  [
    /end of file|unexpected EOF|could not read|could not uncompress|corrupt|did not find magic/i,
    'The dump is cut off or damaged: take a new one, and find out where it broke.',
  ],
  [
    /invalid byte sequence|has no equivalent in encoding/,
    'The dump holds bytes that are not valid in its own encoding: dump with --encoding=UTF8, or repair those rows.',
  ],
  [/role ".*" does not exist/, 'Create that role on the scratch server, or dump without it.'],
  [
    /extension ".*" is not available|could not open extension/,
    'Install that extension on the scratch server.',
  ],
  [/already exists/, 'The dump restores something twice: is it one dump, made of one database?'],
];

/**
 * The error for a restore that a program of PostgreSQL ended with this output. Blames the ground where the server or
 * the disk went away, and the backup for everything else. Shows the first real error line, never rows.
 */
export function restoreFailure(
  program: string,
  output: string,
  details: Readonly<Record<string, string | number>> = {},
): DrillError {
  const line = firstError(output);
  const ground = GROUND.find(([pattern]) => pattern.test(output));
  if (ground) {
    return new DrillError(ground[1], `${ground[2]}: ${line}`, {
      hint: ground[3],
      details: { program, ...details },
    });
  }
  return new DrillError('RESTORE_FAILED', `the database dump cannot be restored: ${line}`, {
    hint:
      HINTS.find(([pattern]) => pattern.test(line))?.[1] ??
      'Restore it by hand to see more; then mend the backup job.',
    details: { program, ...details },
  });
}

function firstError(output: string): string {
  const lines = (withoutRows(output) || output).split('\n').map((line) => line.trim());
  const found =
    lines.find((line) => /\b(?:ERROR|FATAL|error|fatal):/.test(line)) ?? lines.find((line) => line !== '');
  return (found ?? 'it said nothing')
    .replace(/^(?:\S*(?:pg_restore|psql)\S*: )?(?:error: )?/, '')
    .slice(0, 400);
}
