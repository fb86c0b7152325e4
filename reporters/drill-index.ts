import { formatDuration } from '../src/model/duration.ts';
import type { Verdict } from '../src/model/verdict.ts';
import type { Waived } from './claims.ts';
import { escapeXml } from './escape-xml.ts';
import { renderPage, runBadge } from './page.ts';

interface Measured {
  readonly objectiveMs: number;
  readonly measuredMs: number | null;
  readonly verdict: 'passed' | 'missed' | 'unverified';
}

/** A past drill in the index. */
export interface DrillEntry {
  readonly run: string;
  readonly drill: string;
  readonly title: string;
  /** The one phase that was run; null for the whole drill. */
  readonly only: string | null;
  readonly verdict: Verdict;
  readonly waived: Waived;
  readonly exitCode: number | null;
  readonly startedAt: string;
  readonly durationMs: number | null;
  readonly rehearsal: boolean;
  readonly application: string;
  readonly rto: Measured;
  readonly rpo: Measured;
  /** Where its folder is, relative to the index; ends with "/". */
  readonly folder: string;
  /** The manifest is there too, which is written last: nothing is missing. */
  readonly complete: boolean;
}

/** What the index needs of a `summary.json`. */
interface SummaryFile {
  readonly run: string;
  readonly drill: { readonly name: string; readonly title: string };
  readonly only?: string | null;
  readonly verdict: Verdict;
  readonly waived?: Waived;
  readonly exitCode: number | null;
  readonly startedAt: string;
  readonly durationMs: number | null;
  readonly rehearsal: boolean;
  readonly application: string;
  readonly objectives: { readonly rtoMs: number; readonly rpoMs: number };
  readonly measured?: Readonly<Record<'rto' | 'rpo', { ms: number | null; verdict: Measured['verdict'] }>>;
}

/** Reads a run's `summary.json` into its line of the index. Undefined when it cannot be read. */
export function toEntry(summary: string, folder: string, complete: boolean): DrillEntry | undefined {
  let file: SummaryFile;
  try {
    file = JSON.parse(summary) as SummaryFile;
  } catch {
    return undefined;
  }
  const {
    run,
    drill,
    only = null,
    verdict,
    waived = { claims: 0, checks: 0 },
    exitCode,
    startedAt,
    durationMs,
    rehearsal,
    application,
    objectives,
  } = file;
  const measure = (name: 'rto' | 'rpo', objectiveMs: number): Measured => {
    const { ms = null, verdict: of = 'unverified' } = file.measured?.[name] ?? {};
    return { objectiveMs, measuredMs: ms, verdict: of };
  };
  return {
    run,
    drill: drill.name,
    title: drill.title,
    only,
    verdict,
    waived,
    exitCode,
    startedAt,
    durationMs,
    rehearsal,
    application,
    rto: measure('rto', objectives.rtoMs),
    rpo: measure('rpo', objectives.rpoMs),
    folder,
    complete,
  };
}

/** `index.json`: past drills for machines, newest first. Specified in docs/reports.md. */
export function renderIndexJson(entries: readonly DrillEntry[]): string {
  return `${JSON.stringify({ format: 1, drills: newestFirst(entries) }, undefined, 2)}\n`;
}

/** `index.html`: the same for people, rehearsals told apart from evidence. */
export function renderIndexPage(entries: readonly DrillEntry[]): string {
  const rows = newestFirst(entries).map(renderRow);
  const body = `<h1>Recovery drills</h1>
<p class="soft">${summaryLine(entries)}</p>
<table><tr><th>When (UTC)</th><th>Drill</th><th>Verdict</th><th>RTO</th><th>RPO</th><th>Application</th></tr>
${rows.join('\n')}</table>`;
  return renderPage('Recovery drills', body);
}

function summaryLine(entries: readonly DrillEntry[]): string {
  const evidence = entries.filter(({ rehearsal }) => !rehearsal);
  const last = newestFirst(evidence.filter(({ verdict, only }) => verdict === 'passed' && only === null))[0];
  const rehearsals = entries.length - evidence.length;
  return `${evidence.length} drills, ${rehearsals} rehearsals (never evidence). ${
    last
      ? `Last passed drill: ${last.startedAt.slice(0, 10)}.`
      : 'No drill on the official server has passed yet.'
  }`;
}

function renderRow(entry: DrillEntry): string {
  const { startedAt, title, only, run, verdict, waived, rto, rpo, rehearsal, application, folder, complete } =
    entry;
  const link = `${folder.split('/').map(encodeURIComponent).join('/')}overview.html`;
  const part = only === null ? '' : `<br><b>only ${escapeXml(only)} was run</b>`;
  const notes = complete ? part : `${part}<br><b>upload incomplete</b>`;
  return `<tr><td>${startedAt.slice(0, 16).replace('T', ' ')}</td>
<td><a href="${escapeXml(link)}">${escapeXml(title)}</a><br><code class="soft">${escapeXml(run)}</code>${notes}</td>
<td>${runBadge(verdict, waived)}</td>
<td>${objective(rto)}</td><td>${objective(rpo)}</td>
<td>${rehearsal ? 'stand-in<br><b>rehearsal</b>' : escapeXml(application)}</td></tr>`;
}

function objective({ objectiveMs, measuredMs, verdict }: Measured): string {
  const mark = { passed: '✓', missed: '✗', unverified: '?' }[verdict];
  const measured = measuredMs === null ? 'not measured' : formatDuration(measuredMs);
  return `${mark} ${measured}<br><span class="soft">of ${formatDuration(objectiveMs)}</span>`;
}

function newestFirst(entries: readonly DrillEntry[]): DrillEntry[] {
  return entries.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt) || b.run.localeCompare(a.run));
}
