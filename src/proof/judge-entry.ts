import type { Catch, Sabotage } from '../../lab/sabotages/sabotage.ts';
import { findings, type Finding } from './findings.ts';
import type { TakenDrill } from './take-drill.ts';

/** Whether a sabotage was caught for the right reason; if not, why that is no catch. */
export type Judgement = { readonly killed: true } | { readonly killed: false; readonly why: string };

/** A catch is: the drill did not pass, the expected check says why, and nobody else is blamed. */
export function judgeEntry(
  { caughtBy, mayFollow = [] }: Sabotage,
  { events, verdict }: Pick<TakenDrill, 'events' | 'verdict'>,
): Judgement {
  const found = findings(events);
  if (verdict === 'passed') return { killed: false, why: 'the drill passed' };
  const caught =
    'verdict' in caughtBy
      ? verdict === caughtBy.verdict
      : found.some((finding) => isCatch(finding, caughtBy));
  if (!caught) return { killed: false, why: `not by ${describe(caughtBy)}, but ${list(found)}` };
  const blamed = found.filter(
    (finding) => !isCatch(finding, caughtBy) && !mayFollow.some((pattern) => fits(finding.what, pattern)),
  );
  return blamed.length === 0 ? { killed: true } : { killed: false, why: `also blamed: ${list(blamed)}` };
}

export function describe(caughtBy: Catch): string {
  if ('verdict' in caughtBy) return `the run is ${caughtBy.verdict}`;
  return 'error' in caughtBy ? `error ${caughtBy.error}` : `${caughtBy.check} ${caughtBy.code}`;
}

function isCatch({ what, code }: Finding, caughtBy: Catch): boolean {
  if ('verdict' in caughtBy) return false;
  return 'error' in caughtBy
    ? what === 'error' && code === caughtBy.error
    : what === caughtBy.check && code === caughtBy.code;
}

const fits = (id: string, pattern: string): boolean =>
  pattern.endsWith('*') ? id.startsWith(pattern.slice(0, -1)) : id === pattern;

const list = (found: readonly Finding[]): string =>
  found.map(({ what, code, seen }) => `${what} ${code} (${seen.slice(0, 160)})`).join('; ') ||
  'no finding at all';
