import path from 'node:path';
import type { Moment } from '../src/model/drill.ts';
import { formatDuration } from '../src/model/duration.ts';
import { runLayout } from '../src/model/layout.ts';
import type { Verdict } from '../src/model/verdict.ts';
import { countWaived, restsOnWaiver, signersOf } from './claims.ts';
import { shownVerdicts, type ShownVerdict } from '../src/model/claim.ts';
import { escapeXml } from './escape-xml.ts';
import { lastProof } from './last-proof.ts';
import { metricsOf } from './metrics.ts';
import { measureObjectives, type MeasuredObjective } from './objectives.ts';
import { badge, renderPage, runBadge } from './page.ts';
import { renderClaims, renderUnseen } from './overview-claims.ts';
import { leftBehind, type RunSummary, type StepSummary } from './run-summary.ts';

/** One page for an executive and an auditor: verdict, objectives against measured, phases, findings, circumstances. */
export function renderOverview(summary: RunSummary): string {
  const { started, verdict } = summary;
  const body = [
    head(summary),
    `<div class="cards">${measureObjectives(summary).map(objectiveCard).join('')}</div>`,
    section('What was claimed', renderClaims(summary)),
    section('What was not looked at', renderUnseen(summary)),
    section('What fell short', findings(summary)),
    section('Phases', phases(summary)),
    section('Measured', measured(summary)),
    section('Clean-up', cleanUp(summary)),
    section('The run', circumstances(summary)),
    section('More', more()),
  ];
  return renderPage(`${verdict.toUpperCase()}: ${started.drill.title}`, body.join('\n'));
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  passed: 'Every promised check was made and held.',
  missed: 'The site or its backups fell short of what was promised.',
  unverified: 'Something that was promised could not be established. That is not a pass.',
  broken: 'Muster, or the ground it stands on, failed. This says nothing good or bad about the backups.',
  interrupted: 'The run was interrupted before it was through.',
};

const WAIVED = 'What was looked at held. For what was not, somebody has signed: see the waivers.';

function head(summary: RunSummary): string {
  const { started, startedAt, finished, verdict } = summary;
  const waived = countWaived(summary);
  const proof = lastProof(summary);
  const isWaived = restsOnWaiver(verdict, waived);
  const rehearsal =
    started.application === 'stand-in'
      ? '<p class="rehearsal">REHEARSAL: the stand-in application was under test. This is never evidence.</p>'
      : '';
  const part =
    started.only === null
      ? ''
      : `<p class="rehearsal">Only ${escapeXml(started.only)} was run. This is no verdict on the whole drill.</p>`;
  const length = finished ? `, ${formatDuration(finished.durationMs)} long` : ', not finished';
  return `<header class="verdict">
<h1>${escapeXml(started.drill.title)}</h1>
<p class="soft">${escapeXml(started.drill.why)}</p>
${runBadge(verdict, waived)}
<p>${isWaived ? WAIVED : VERDICTS[verdict]}</p>
<p class="${proof.stands ? 'soft' : 'doubt'}">The checks were ${escapeXml(proof.text)}.</p>
<p class="soft">${readable(startedAt)}${length} · run ${escapeXml(started.run)}</p>
${part}${rehearsal}</header>`;
}

function objectiveCard({ name, objective, measured: figure, meaning, verdict }: MeasuredObjective): string {
  return `<div class="card is-${verdict}"><p class="soft">${name}: ${meaning}</p>
<p class="figure">${figure ?? 'not measured'}</p><p>objective ${objective} ${badge(verdict)}</p></div>`;
}

function phases({ phases: all, steps }: RunSummary): string {
  const rows = all.map(({ phase, verdict, durationMs, checks }) => {
    const own = steps.filter((step) => step.phase === phase);
    const numbers = [checks.passed, checks.missed, checks.unverified].map(
      (count) => `<td class="number">${count}</td>`,
    );
    return `<tr><td>${phase}<br><span class="soft">${own.map(({ title }) => escapeXml(title)).join(' · ')}</span></td><td>${badge(verdict)}</td>${numbers.join('')}<td class="number">${formatDuration(durationMs)}</td></tr>`;
  });
  return `${shares(all)}<table><tr><th>Phase</th><th>Verdict</th><th class="number">passed</th><th class="number">missed</th><th class="number">unverified</th><th class="number">took</th></tr>${rows.join('')}</table>`;
}

/** Of all checks together, as widths. */
function shares(all: RunSummary['phases']): string {
  const parts = (['passed', 'missed', 'unverified'] as const).map((verdict) => ({
    verdict,
    count: all.reduce((sum, { checks }) => sum + checks[verdict], 0),
  }));
  return `<div class="bar">${parts.map(({ verdict, count }) => `<i class="${verdict}" style="flex: ${count}"></i>`).join('')}</div>`;
}

function findings(summary: RunSummary): string {
  const shown = shownVerdicts(summary.coverage);
  const rows = summary.steps.flatMap((step) => [
    ...stepFinding(step),
    ...step.checks
      .filter(({ verdict, code }) => verdict !== 'passed' && !isSilence(code, step))
      .map((check) => {
        const { id, claim, expected, seen, code, hint } = check;
        const action = [hint, signersOf(id, summary)].filter(Boolean).join(' ');
        return finding(
          shown(check),
          claim,
          `saw ${seen}; wanted ${expected}`,
          action,
          code ? `${id} [${code}]` : id,
        );
      }),
  ]);
  const left = leftBehind(summary) ?? [];
  if (left.length > 0)
    rows.unshift(
      finding(
        'broken',
        'The clean-up is not complete',
        left.join('; '),
        'Act today: see Clean-up.',
        'clean-up',
      ),
    );
  if (rows.length === 0) return '<p>Nothing that was looked at.</p>';
  return `<table>${rows.join('')}</table>`;
}

/** What a failed or unreached step did not come to is told once, with the step. */
function isSilence(code: string | undefined, { error }: StepSummary): boolean {
  return code === 'NOT_REACHED' || (code === 'NOT_MADE' && error !== null);
}

function stepFinding(step: StepSummary): string[] {
  const { title, error, outcome, reason, checks, verdict, id } = step;
  const lost = checks.filter(({ code }) => isSilence(code, step)).length;
  if (error) {
    const seen = lost === 0 ? error.message : `${error.message}; ${lost} checks were not made`;
    return [finding(verdict, title, seen, error.hint, `${id} [${error.code}]`)];
  }
  if (outcome === 'not-reached') {
    return [
      finding(
        'unverified',
        `${title}: not reached`,
        `${reason ?? ''}; ${lost} checks were not made`,
        undefined,
        id,
      ),
    ];
  }
  return outcome === 'under-way'
    ? [finding('interrupted', title, 'it was under way when the run ended', undefined, id)]
    : [];
}

function finding(
  verdict: Verdict | ShownVerdict,
  what: string,
  seen: string,
  hint: string | undefined,
  id: string,
): string {
  const action = !hint ? '' : `<br>→ ${escapeXml(hint)}`;
  return `<tr><td>${badge(verdict)}</td><td><b>${escapeXml(what)}</b><br>${escapeXml(seen)}${action}<br><code class="soft">${escapeXml(id)}</code></td></tr>`;
}

const MOMENTS: Readonly<Record<Moment, string>> = {
  declared: 'Drill declared',
  'download-started': 'Download of the backups begun',
  'site-healthy': 'Restored site answers',
  'first-verified-message': 'A user’s first message sent and received',
  complete: 'Everything built',
};

function measured(summary: RunSummary): string {
  const moments = (Object.keys(MOMENTS) as Moment[])
    .filter((moment) => moment !== 'declared' && summary.moments[moment] !== undefined)
    .map((moment) => [
      MOMENTS[moment],
      `${formatDuration(summary.moments[moment] ?? 0)} after the declaration`,
    ]);
  const figures = metricsOf(summary).map(({ title, text }) => [title, text]);
  const rows = [...moments, ...figures].map(
    ([name = '', value = '']) =>
      `<tr><td>${escapeXml(name)}</td><td class="number">${escapeXml(value)}</td></tr>`,
  );
  return rows.length === 0 ? '<p>Nothing.</p>' : `<table>${rows.join('')}</table>`;
}

function cleanUp(summary: RunSummary): string {
  const { finished, made, kept } = summary;
  if (kept) return '<p>The scratch is kept; <code>muster undo</code> ends it.</p>';
  if (!finished) return '<p><b>Not finished: run <code>muster undo</code>.</b></p>';
  const left = leftBehind(summary) ?? [];
  if (left.length > 0)
    return `<p>${badge('broken')} <b>Left behind:</b></p><ul>${left.map((what) => `<li>${escapeXml(what)}</li>`).join('')}</ul>`;
  return `<p>Nothing is left behind (looked at ${made.processes} processes and ${made.resources.length} folders, databases and records).</p>`;
}

function circumstances({ started, finished }: RunSummary): string {
  const { machine, objectives } = started;
  const rows: readonly (readonly [string, string | null])[] = [
    [
      'Application',
      started.application === 'stand-in' ? 'stand-in (rehearsal)' : 'official Mattermost server',
    ],
    ['Site', started.lab ? 'embedded lab' : 'configured site'],
    ['Simulated outage', readable(started.outageAt)],
    ['Hardware tier', objectives.tier],
    ['Machine', `${machine.vcpus} vCPU, ${machine.memoryGiB} GiB, ${machine.os}`],
    ['Reason', started.reason],
    ['Operator', started.operator],
    ['Participants', started.participants.join(', ') || null],
    ['Muster', `${started.muster}${started.commit ? ` (${started.commit})` : ''}`],
    ['Exit code', finished ? String(finished.exitCode) : null],
  ];
  return `<dl>${rows.flatMap(([name, value]) => (value === null ? [] : [`<dt>${name}</dt><dd>${escapeXml(value)}</dd>`])).join('')}</dl>`;
}

function more(): string {
  const layout = runLayout('.');
  const links: readonly (readonly [string, string])[] = [
    [layout.report, 'full report: every check with its evidence, timeline, history'],
    [layout.journal, 'journal: everything that happened, in order'],
    [layout.summary, 'summary for machines'],
    [layout.manifest, 'SHA-256 of every file; `muster verify RUN` holds the files against it'],
  ];
  return `<ul>${links.map(([file, what]) => `<li><a href="${path.normalize(file)}">${path.normalize(file)}</a>: ${what}</li>`).join('')}</ul>`;
}

function section(title: string, body: string): string {
  return `<section><h2>${title}</h2>${body}</section>`;
}

function readable(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}
