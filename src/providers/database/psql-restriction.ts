import { randomBytes } from 'node:crypto';
import { compareVersions, findTool } from '../../support/tools.ts';

/** Of each major release that was kept up then (CVE-2025-8714). */
const SINCE = ['13.22', '14.19', '15.14', '16.10', '17.6', '18.0'];

/** Whether this release of psql knows `\restrict`. */
export function knowsRestrict(version: string): boolean {
  const majorOf = (text: string) => Number.parseInt(text, 10);
  const since = SINCE.find((one) => majorOf(one) === majorOf(version)) ?? SINCE.at(-1) ?? '';
  return compareVersions(version, since) >= 0;
}

/**
 * Puts a key in front that nobody who wrote the dump can know: from there on psql takes no command of its own, and so
 * starts no program, whatever gets past the filter. A psql without that is given what it was given before.
 */
export async function* restricted(sql: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const psql = await findTool('psql');
  if (psql !== undefined && knowsRestrict(psql.version))
    yield Buffer.from(`\\restrict ${randomBytes(24).toString('hex')}\n`);
  yield* sql;
}
