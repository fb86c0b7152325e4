import type { Check } from '../src/model/check.ts';
import {
  judgeClaims,
  shownVerdicts,
  waivedChecks,
  type ClaimVerdict,
  type Coverage,
  type JudgedClaim,
  type JudgedWaiver,
} from '../src/model/claim.ts';
import type { JournalEvent } from '../src/model/journal.ts';
import type { Verdict } from '../src/model/verdict.ts';
import type { RunSummary } from './run-summary.ts';

/** As the engine judged it; of a run that did not come to its end, without waivers. */
export function coverageOf(events: readonly JournalEvent[], isFinished: boolean): Coverage {
  const judged = events.findLast((event) => event.type === 'coverage');
  if (judged && isFinished) return { claims: judged.claims, waivers: judged.waivers };
  return judgeClaims(events);
}

/** The checks that bear on a claim, as the run made them. */
export function checksOf(claim: JudgedClaim, { steps }: RunSummary): readonly Check[] {
  return steps.flatMap((step) => step.checks).filter(({ id }) => claim.checks.includes(id));
}

/** How many claims came to each verdict. */
export function countClaims({ coverage }: Pick<RunSummary, 'coverage'>): Record<ClaimVerdict, number> {
  const counts = { proven: 0, missed: 0, unverified: 0, waived: 0 };
  for (const { verdict } of coverage.claims) counts[verdict] += 1;
  return counts;
}

export interface Waived {
  readonly claims: number;
  readonly checks: number;
}

export function countWaived({ coverage }: Pick<RunSummary, 'coverage'>): Waived {
  return { claims: countClaims({ coverage }).waived, checks: waivedChecks(coverage).size };
}

/** A pass for which somebody has signed. */
export function restsOnWaiver(verdict: Verdict, { claims, checks }: Waived): boolean {
  return verdict === 'passed' && claims + checks > 0;
}

/** A verdict with what it rests on: "PASSED, 2 claims waived", or checks where no claim rests on them. */
export function verdictText(verdict: Verdict, { claims, checks }: Waived): string {
  const [count, noun] = claims > 0 ? [claims, 'claim'] : [checks, 'check'];
  const waived = count === 0 ? '' : `, ${count} ${noun}${count === 1 ? '' : 's'} waived`;
  return `${verdict.toUpperCase()}${waived}`;
}

/** Why a claim is not proven, in words; empty when it is. */
export function whyOpen({ open }: JudgedClaim, summary: RunSummary): string {
  const checks = new Map(
    summary.steps.flatMap((step) => step.checks.map((check) => [check.id, check] as const)),
  );
  const shown = shownVerdicts(summary.coverage);
  return open
    .map((id) => {
      const check = checks.get(id);
      return check ? `${id} is ${shown(check)}` : `nothing looked at ${id}`;
    })
    .join('; ');
}

/** The waivers that a claim rests on. */
export function waiversOf({ id, open }: JudgedClaim, { coverage }: RunSummary): readonly JudgedWaiver[] {
  return coverage.waivers.filter(
    ({ standing, waives }) => standing === 'used' && (waives === id || open.includes(waives)),
  );
}

/** Who has signed for a check that is waived. */
export function signersOf(check: string, { coverage }: RunSummary): string {
  return coverage.waivers
    .filter(({ checks }) => checks.includes(check))
    .map(describeSigner)
    .join('; ');
}

/** Who bears what is waived, until when, and why. */
export function describeSigner({ by, expires, reason }: JudgedWaiver): string {
  return `waived by ${by} until ${expires}: ${reason}`;
}

/** A waiver with what came of it. */
export function describeWaiver(waiver: JudgedWaiver): string {
  const { waives, by, expires, reason, standing } = waiver;
  if (standing === 'used') return `${waives}: ${describeSigner(waiver)}`;
  return `${waives}: ${WITHOUT_USE[standing]} (by ${by}, until ${expires}: ${reason})`;
}

const WITHOUT_USE: Readonly<Record<Exclude<JudgedWaiver['standing'], 'used'>, string>> = {
  'not-needed': 'not needed, nothing of this name is unverified',
  unknown: 'without effect, the drill has no claim and no check of this name',
  expired: 'without effect, it has expired',
  'not-signed': 'without effect, its signature does not fit the site and these words',
};

/** Files that show what the checks of a claim have seen. */
export function evidenceOf(claim: JudgedClaim, summary: RunSummary): readonly string[] {
  return [...new Set(checksOf(claim, summary).flatMap(({ evidence = [] }) => evidence))];
}
