import { feeds, type Claim } from './claim.ts';
import type { Step } from './drill.ts';

const ENTRY = /^[a-z0-9-]+(\.[a-z0-9_-]+)*(\.\*)?$/;

/**
 * Checks that each claim can be told apart, and could be proven by the steps. What a step promises under the settings of
 * a site is not known before there are settings; `muster plan` tells then. Throws a TypeError.
 */
export function requireClaims(claims: readonly Claim[], steps: readonly Step[]): void {
  const ids = new Set<string>();
  for (const { id, sentence, provenBy, alsoBy = [] } of claims) {
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))
      throw new TypeError(`The id of claim "${id}" must be kebab-case.`);
    if (ids.has(id)) throw new TypeError(`Claim "${id}" is in the drill twice.`);
    ids.add(id);
    if (sentence.trim() === '') throw new TypeError(`Claim "${id}" has no sentence.`);
    if (provenBy.length === 0) throw new TypeError(`Claim "${id}" names no check that proves it.`);
    const misspelt = [...provenBy, ...alsoBy].find((entry) => !ENTRY.test(entry));
    if (misspelt !== undefined)
      throw new TypeError(
        `Claim "${id}" must name ids of checks, or all below one as "messages.*" (got "${misspelt}").`,
      );
    const hopeless = provenBy.find((entry) => !steps.some((step) => mayFeed(step, entry)));
    if (hopeless !== undefined)
      throw new TypeError(`Claim "${id}" needs "${hopeless}", which no step of the drill promises to check.`);
  }
}

function mayFeed({ promises = [] }: Step, entry: string): boolean {
  return typeof promises === 'function' || promises.some((id) => feeds(id, entry));
}
