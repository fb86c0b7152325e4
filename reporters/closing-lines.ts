import { formatDuration } from '../src/model/duration.ts';
import { countClaims, countWaived, describeWaiver, verdictText, whyOpen } from './claims.ts';
import { shownVerdicts } from '../src/model/claim.ts';
import { lastProof } from './last-proof.ts';
import { measureObjectives } from './objectives.ts';
import type { RunSummary } from './run-summary.ts';
import { renderRecordedError } from './recorded-error.ts';

/** The end of the console output: verdict, objectives against measured, a line per phase, and what is left behind. */
export function closingLines(summary: RunSummary, report: string | undefined): string[] {
  const { started, finished, verdict, phases } = summary;
  const rehearsal =
    started.application === 'stand-in'
      ? '  (a rehearsal: the stand-in application was under test, so this is no evidence)'
      : '';
  return [
    '',
    `Verdict    ${verdictText(verdict, countWaived(summary))}${partOf(summary)}${rehearsal}`,
    ...measureObjectives(summary).map(
      ({ name, objective, measured, meaning }) =>
        `${name.padEnd(10)} objective ${objective}, ${measured === null ? 'not measured' : `measured ${measured} ${meaning}`}`,
    ),
    ...phases.map(({ phase, verdict: of, durationMs, checks }) => {
      const counts = [
        `${checks.passed} passed`,
        checks.missed && `${checks.missed} missed`,
        checks.unverified && `${checks.unverified} unverified`,
      ];
      return `${phase.padEnd(10)} ${of.padEnd(11)} ${counts.filter(Boolean).join(', ')} in ${formatDuration(durationMs)}`;
    }),
    ...claims(summary),
    ...findings(summary),
    `Checks     ${lastProof(summary).text}`,
    ...(report === undefined ? [] : [`Report     ${report}`]),
    `Clean-up   ${cleanUp(summary)}`,
    ...(finished ? [`Exit code  ${finished.exitCode}`] : []),
  ];
}

const MARKS = { missed: '✗', unverified: '?', waived: '~' } as const;

/** Every claim that is not proven, and every waiver: one that was of no use is to be taken out. */
function claims(summary: RunSummary): string[] {
  const { claims: all, waivers } = summary.coverage;
  const open = all.flatMap((claim) =>
    claim.verdict === 'proven'
      ? []
      : [`  ${MARKS[claim.verdict]} ${claim.verdict}: ${claim.sentence} (${whyOpen(claim, summary)})`],
  );
  return [
    ...(all.length === 0
      ? []
      : [`Claims     ${countClaims(summary).proven} of ${all.length} proven`, ...open]),
    ...(waivers.length === 0 ? [] : ['Waivers', ...waivers.map((waiver) => `  ${describeWaiver(waiver)}`)]),
  ];
}

function findings(summary: RunSummary): string[] {
  const { steps } = summary;
  const shown = shownVerdicts(summary.coverage);
  const errors = steps.flatMap(({ error }) => (error ? [`  ✗ ${renderRecordedError(error)[0] ?? ''}`] : []));
  const checks = steps
    // Of a step that failed its error is the finding; that it could not make its checks follows.
    .flatMap(({ checks, error }) => (error ? checks.filter(({ code }) => code !== 'NOT_MADE') : checks))
    .filter(({ code }) => code !== 'NOT_REACHED')
    .flatMap((check) => {
      const verdict = shown(check);
      const { id, seen, code } = check;
      if (verdict === 'passed') return [];
      return [`  ${MARKS[verdict]} ${id}: ${verdict}${code ? ` [${code}]` : ''}: ${seen}`];
    });
  const lines = [...errors, ...checks];
  return lines.length === 0 ? [] : ['Findings', ...lines];
}

function cleanUp({ finished, made, kept, undoErrors }: RunSummary): string {
  if (kept) return 'the scratch is kept; `muster undo RUN` ends it';
  if (!finished) return 'not finished: run `muster undo RUN`';
  const looked = `${made.processes} processes, ${made.resources.length} folders, databases and records`;
  if (finished.leftBehind.length === 0 && undoErrors.length === 0)
    return `nothing is left behind (looked at ${looked})`;
  const left = [...finished.leftBehind, ...undoErrors.map(({ message }) => message)];
  return `LEFT BEHIND, clean up by hand or with \`muster undo RUN\`:\n${left.map((what) => `             ${what}`).join('\n')}`;
}

/** A part that passed says nothing about the whole. */
function partOf({ started: { only } }: RunSummary): string {
  return only === null ? '' : ` (only ${only} was run, so this is no verdict on the whole drill)`;
}
