import type { Check } from '../../src/model/check.ts';
import { PHASES } from '../../src/model/drill.ts';
import { formatDuration } from '../../src/model/duration.ts';
import { verdictOf, type Verdict } from '../../src/model/verdict.ts';
import { signersOf } from '../claims.ts';
import { shownVerdicts } from '../../src/model/claim.ts';
import { escapeXml } from '../escape-xml.ts';
import { renderRecordedError } from '../recorded-error.ts';
import { leftBehind, type RunSummary, type StepSummary } from '../run-summary.ts';
import { areaOf } from './areas.ts';
import type { EvidenceShelf } from './attach-evidence.ts';
import {
  identify,
  statusOf,
  type AllureLabel,
  type AllureResult,
  type AllureStep,
  type StatusDetails,
} from './result-model.ts';

/** One result per step and per check, in the order of the drill. */
export async function toResults(
  summary: RunSummary,
  shelf: EvidenceShelf,
  hasBrowserResult: (check: string) => boolean,
): Promise<AllureResult[]> {
  const results: AllureResult[] = [];
  for (const step of summary.steps) {
    results.push(await stepResult(summary, step, shelf));
    let start = startOf(summary, step);
    for (const check of step.checks) {
      const stop = Math.max(start, Date.parse(summary.checkedAt[check.id] ?? '') || start);
      // What the browser left is attached to its own result already.
      const evidence = (check.evidence ?? []).filter(
        (file) => !(hasBrowserResult(check.id) && file.startsWith('playwright/')),
      );
      const attachments = await shelf.attach(evidence);
      results.push({ ...checkResult(summary, step, check, { start, stop }), attachments });
      start = stop;
    }
  }
  const last = cleanUpResult(summary);
  return last ? [...results, last] : results;
}

/** What undo came to. A scratch that is kept on purpose has not come to it yet. */
function cleanUpResult(summary: RunSummary): AllureResult | undefined {
  const { started, startedAt, finished, made } = summary;
  const left = leftBehind(summary);
  if (!left) return undefined;
  const at = Date.parse(startedAt) + (finished?.durationMs ?? 0);
  const looked = `${made.processes} processes, ${made.resources.length} folders, databases and records`;
  return {
    ...identify(drillKey(summary), started.run, 'clean-up'),
    start: at,
    stop: at,
    name: 'Nothing is left behind',
    fullName: 'clean-up',
    status: left.length === 0 ? 'passed' : 'broken',
    stage: 'finished',
    statusDetails: left.length === 0 ? {} : { message: left.join('\n') },
    descriptionHtml: table([
      ['Looked at', looked],
      ['Left behind', left.length === 0 ? 'nothing' : left.join('; ')],
    ]),
    labels: [
      { name: 'epic', value: started.drill.title },
      { name: 'feature', value: `${PHASES.length + 1} Clean-up` },
      { name: 'story', value: 'Undo' },
      { name: 'area', value: 'Environment' },
      { name: 'framework', value: 'muster' },
    ],
    steps: [],
    attachments: [],
    parameters: [],
  };
}

interface Span {
  readonly start: number;
  readonly stop: number;
}

function checkResult(
  summary: RunSummary,
  step: StepSummary,
  check: Check,
  span: Span,
): Omit<AllureResult, 'attachments'> {
  const { id, claim, expected, seen, code, hint } = check;
  const verdict = shownVerdicts(summary.coverage)(check);
  const signers = signersOf(id, summary);
  return {
    ...identify(drillKey(summary), summary.started.run, id),
    ...span,
    name: claim,
    fullName: id,
    // What nobody came to is told apart from what was looked at and could not be established.
    status: code === 'NOT_REACHED' ? 'skipped' : statusOf(verdict),
    stage: 'finished',
    statusDetails: detailsOf(check, signers),
    descriptionHtml: table([
      ['Verdict', verdict],
      ['Wanted', expected],
      ['Saw', seen],
      ...(code ? [['Code', code] as const] : []),
      ...(hint ? [['What to do', hint] as const] : []),
      ...(signers ? [['Waiver', signers] as const] : []),
      ['Check', id],
    ]),
    labels: [
      ...placeOf(summary, step),
      { name: 'area', value: areaOf(id) },
      { name: 'verdict', value: verdict },
      ...(code ? [{ name: 'code', value: code }] : []),
      ...(areaOf(id) === 'Recovery objectives' ? [{ name: 'severity', value: 'blocker' }] : []),
    ],
    steps: [],
    parameters: [],
  };
}

function detailsOf({ verdict, expected, seen, code, hint }: Check, signers: string): StatusDetails {
  if (verdict === 'passed') return {};
  return {
    message: `${code ? `[${code}] ` : ''}saw ${seen}; wanted ${expected}${signers && `; ${signers}`}`,
    ...(hint && { trace: hint }),
    expected,
    actual: seen,
  };
}

/** The work of a step, apart from what its checks found. */
async function stepResult(
  summary: RunSummary,
  step: StepSummary,
  shelf: EvidenceShelf,
): Promise<AllureResult> {
  const { id, title, error, reason, checks, durationMs, outcome, commands } = step;
  const start = startOf(summary, step);
  const verdict = workVerdict(step);
  const lines = error ? renderRecordedError(error) : [];
  const output = typeof error?.details?.['output'] === 'string' ? [error.details['output']] : [];
  const said = checks.filter((check) => check.code !== 'NOT_MADE' && check.code !== 'NOT_REACHED').length;
  return {
    ...identify(drillKey(summary), summary.started.run, `step:${id}`),
    start,
    stop: start + durationMs,
    name: `Step: ${title}`,
    fullName: `step ${id}`,
    status: outcome === 'not-reached' ? 'skipped' : statusOf(verdict),
    stage: 'finished',
    statusDetails:
      lines.length > 0
        ? { message: lines[0] ?? '', trace: lines.slice(1).join('\n') }
        : reason === null
          ? {}
          : { message: reason },
    descriptionHtml: table([
      ['Work', outcome === 'done' ? `done in ${formatDuration(durationMs)}` : outcome.replaceAll('-', ' ')],
      ...(reason ? [['Why', reason] as const] : []),
      ...(error?.hint ? [['What to do', error.hint] as const] : []),
      ['Checks', `${said} of ${Math.max(checks.length, said)} made; each has a row of its own`],
      ['Step', id],
    ]),
    labels: [
      ...placeOf(summary, step),
      { name: 'area', value: error?.blame === 'backups' ? 'Data continuity' : 'Environment' },
      { name: 'verdict', value: outcome === 'not-reached' ? 'unverified' : verdict },
      ...(error ? [{ name: 'code', value: error.code }] : []),
    ],
    steps: commands.map(({ command, exitCode, at, durationMs: took }): AllureStep => {
      const stop = Date.parse(at);
      return {
        name: command,
        status: exitCode === 0 ? 'passed' : 'failed',
        stage: 'finished',
        start: stop - took,
        stop,
        ...(exitCode !== 0 && { statusDetails: { message: `exit code ${exitCode}` } }),
        steps: [],
        attachments: [],
        parameters: [],
      };
    }),
    attachments: await shelf.attach([...step.evidence, ...output]),
    parameters: [],
  };
}

function workVerdict({ outcome, error }: StepSummary): Verdict {
  if (error) return verdictOf(error);
  if (outcome === 'under-way') return 'interrupted';
  return outcome === 'done' ? 'passed' : 'unverified';
}

/** Where a result stands in the tree: drill, phase, step. Numbered, so that sorting keeps the order of the drill. */
function placeOf({ started }: RunSummary, { phase, title, number }: StepSummary): AllureLabel[] {
  const name = `${PHASES.indexOf(phase) + 1} ${phase[0]?.toUpperCase() ?? ''}${phase.slice(1)}`;
  return [
    { name: 'epic', value: started.drill.title },
    { name: 'feature', value: name },
    { name: 'story', value: `${String(number).padStart(2, '0')} ${title}` },
    { name: 'host', value: 'muster' },
    { name: 'thread', value: name },
    { name: 'framework', value: 'muster' },
  ];
}

/** A rehearsal on the stand-in is another test case than the real drill: their trends do not mix. */
export function drillKey({ started }: RunSummary): string {
  return `${started.drill.name}/${started.application}${started.lab ? '/lab' : ''}`;
}

function startOf({ startedAt }: RunSummary, step: StepSummary): number {
  return Date.parse(step.startedAt ?? step.finishedAt ?? startedAt);
}

export function table(rows: readonly (readonly [string, string])[]): string {
  const cells = rows.map(
    ([name, value]) => `<tr><th align="left">${escapeXml(name)}</th><td>${escapeXml(value)}</td></tr>`,
  );
  return `<table>${cells.join('')}</table>`;
}
