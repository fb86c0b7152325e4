import type { Check, CheckVerdict } from './check.ts';
import type { JournalEvent } from './journal.ts';
import { standingChecks } from './standing-checks.ts';
import type { Waiver } from './waiver.ts';

/** What a drill promises, in the words of those who rely on it. */
export interface Claim {
  /** Stable kebab-case name. Waivers and trends refer to it. */
  readonly id: string;
  /** A sentence that is true when it is proven: "Messages up to the backup are readable." */
  readonly sentence: string;
  /** Checks that prove it: ids, or all below one: `messages.*`. Each entry needs at least one check that was made. */
  readonly provenBy: readonly string[];
  /** Checks that count as well, where the site's settings call for them. */
  readonly alsoBy?: readonly string[];
}

/**
 * `proven`: all its checks were made and held. `missed`: one missed. `unverified`: one could not be made, or nothing has
 * looked. `waived`: it is unverified, and somebody has signed for that. Never proven.
 */
export type ClaimVerdict = 'proven' | 'missed' | 'unverified' | 'waived';

export interface JudgedClaim extends Claim {
  readonly verdict: ClaimVerdict;
  /** Ids of the checks that bear on it. */
  readonly checks: readonly string[];
  /** What keeps it from being proven: checks that did not hold, and entries of `provenBy` that no check has fed. */
  readonly open: readonly string[];
}

/**
 * `used`: something unverified was waived by it. `not-needed`: nothing of its name is unverified; a miss is never waived.
 * `unknown`: the drill has no claim and no check of its name. `expired`, `not-signed`: without effect.
 */
export type WaiverStanding = 'used' | 'not-needed' | 'unknown' | 'expired' | 'not-signed';

export interface JudgedWaiver extends Omit<Waiver, 'signature'> {
  readonly standing: WaiverStanding;
  /** Ids of the unverified checks that it covers. */
  readonly checks: readonly string[];
}

/** A waiver, after its signature and its date were looked at. */
export interface ExaminedWaiver extends Omit<Waiver, 'signature'> {
  readonly flaw: 'expired' | 'not-signed' | null;
}

/** What was claimed, what came of it, and who has signed for what is missing. */
export interface Coverage {
  readonly claims: readonly JudgedClaim[];
  readonly waivers: readonly JudgedWaiver[];
}

/**
 * Holds what a run claims against the checks that were made. Waivers turn what is unverified into waived, and nothing
 * else.
 */
export function judgeClaims(
  events: readonly JournalEvent[],
  waivers: readonly ExaminedWaiver[] = [],
): Coverage {
  const { claims = [] } = events.find((event) => event.type === 'run.started') ?? {};
  const made = new Map([...standingChecks(events)].map(([id, { check }]) => [id, check.verdict]));
  const waived = new Set(waivers.flatMap(({ flaw, waives }) => (flaw === null ? [waives] : [])));
  const judged = claims.map((claim) => judgeClaim(claim, made, waived));
  const unverified = [...made].flatMap(([id, verdict]) => (verdict === 'unverified' ? [id] : []));

  const judgeWaiver = ({ flaw, ...waiver }: ExaminedWaiver): JudgedWaiver => {
    const { waives } = waiver;
    if (flaw) return { ...waiver, standing: flaw, checks: [] };
    const claim = judged.find(({ id }) => id === waives);
    const covered = claim?.verdict === 'waived' ? claim.open : [];
    const checks = unverified.filter((id) => id === waives || covered.includes(id));
    const isUsed = checks.length > 0 || claim?.verdict === 'waived' || isGap(judged, waives);
    const isKnown = claim !== undefined || made.has(waives);
    return { ...waiver, standing: isUsed ? 'used' : isKnown ? 'not-needed' : 'unknown', checks };
  };
  return { claims: judged, waivers: waivers.map(judgeWaiver) };
}

/** Ids of the checks that are unverified and signed for. */
export function waivedChecks({ waivers }: Pick<Coverage, 'waivers'>): Set<string> {
  return new Set(waivers.flatMap(({ checks }) => checks));
}

/** What somebody has signed for is never shown as if it had been seen. */
export type ShownVerdict = CheckVerdict | 'waived';

/** The verdict of each check as reports show it, and as it counts. */
export function shownVerdicts(
  coverage: Pick<Coverage, 'waivers'>,
): (check: Pick<Check, 'id' | 'verdict'>) => ShownVerdict {
  const waived = waivedChecks(coverage);
  return ({ id, verdict }) => (verdict === 'unverified' && waived.has(id) ? 'waived' : verdict);
}

/** Whether a check bears on an entry of a claim: it is that check or, for `messages.*`, `messages` or below it. */
export function feeds(check: string, entry: string): boolean {
  if (!entry.endsWith('.*')) return check === entry;
  const base = entry.slice(0, -2);
  return check === base || check.startsWith(`${base}.`);
}

/** What proves a claim and is fed by none of these checks: with them alone it cannot be proven. */
export function gapsIn({ provenBy }: Claim, checks: readonly string[]): readonly string[] {
  return provenBy.filter((entry) => !checks.some((id) => feeds(id, entry)));
}

function judgeClaim(
  claim: Claim,
  made: ReadonlyMap<string, CheckVerdict>,
  waived: ReadonlySet<string>,
): JudgedClaim {
  const { provenBy, alsoBy = [] } = claim;
  const ids = [...made.keys()];
  const checks = ids.filter((id) => [...provenBy, ...alsoBy].some((entry) => feeds(id, entry)));
  const open = [...checks.filter((id) => made.get(id) !== 'passed'), ...gapsIn(claim, ids)];
  const verdict = (): ClaimVerdict => {
    if (checks.some((id) => made.get(id) === 'missed')) return 'missed';
    if (open.length === 0) return 'proven';
    return waived.has(claim.id) || open.every((id) => waived.has(id)) ? 'waived' : 'unverified';
  };
  return { ...claim, verdict: verdict(), checks, open };
}

/** Whether a claim is waived for a check of this name, which nobody made. */
function isGap(claims: readonly JudgedClaim[], id: string): boolean {
  return claims.some(({ verdict, open }) => verdict === 'waived' && open.includes(id));
}
