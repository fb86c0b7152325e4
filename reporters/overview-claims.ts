import { type JudgedClaim, shownVerdicts } from '../src/model/claim.ts';
import { checksOf, describeSigner, describeWaiver, evidenceOf, waiversOf, whyOpen } from './claims.ts';
import { escapeXml } from './escape-xml.ts';
import { badge } from './page.ts';
import type { RunSummary } from './run-summary.ts';

/** Each claim: what came of it, by which checks, with which evidence. */
export function renderClaims(summary: RunSummary): string {
  const { started, coverage } = summary;
  if (started.only !== null)
    return `<p>Only ${escapeXml(started.only)} was run, so no claim of the drill is judged.</p>`;
  if (coverage.claims.length === 0)
    return '<p>The drill claims nothing: only what its checks say about themselves is proven.</p>';
  return `<table class="claims">${coverage.claims.map((claim) => renderClaim(claim, summary)).join('\n')}</table>`;
}

/** What nobody promised to look at, what nobody saw, and who has signed for that. */
export function renderUnseen(summary: RunSummary): string {
  const { coverage, steps, started } = summary;
  const shown = shownVerdicts(summary.coverage);
  const open = steps.flatMap(({ checks }) => checks).filter((check) => shown(check) === 'unverified').length;
  const gaps = coverage.claims.flatMap(({ verdict, open: entries, checks, sentence }) =>
    verdict === 'proven'
      ? []
      : entries.filter((entry) => !checks.includes(entry)).map((entry) => `${sentence} (${entry})`),
  );
  const parts = [
    open === 0
      ? ''
      : `<p>${open} ${open === 1 ? 'check' : 'checks'} could not be made: see what fell short.</p>`,
    list('Claimed, and nothing looked at:', gaps),
    list('Not claimed by this drill, so nobody promised to look:', started.notClaimed ?? []),
    list('Waivers:', coverage.waivers.map(describeWaiver)),
  ].join('');
  return parts || '<p>Everything that Muster knows to ask was asked.</p>';
}

function renderClaim(claim: JudgedClaim, summary: RunSummary): string {
  const { sentence, verdict } = claim;
  const why = verdict === 'proven' ? '' : `<br>${escapeXml(whyOpen(claim, summary))}`;
  const waivers = waiversOf(claim, summary)
    .map((waiver) => `<br>→ ${escapeXml(describeSigner(waiver))}`)
    .join('');
  return `<tr><td>${badge(verdict)}</td><td><b>${escapeXml(sentence)}</b>${why}${waivers}${basis(claim, summary)}</td></tr>`;
}

/** What a claim rests on, folded away. */
function basis(claim: JudgedClaim, summary: RunSummary): string {
  const shown = shownVerdicts(summary.coverage);
  const checks = checksOf(claim, summary).map(
    (check) => `<li>${escapeXml(check.claim)}: ${shown(check)}; ${escapeXml(check.seen)}</li>`,
  );
  const evidence = evidenceOf(claim, summary).map(
    (file) => `<a href="${escapeXml(encodeURI(file))}">${escapeXml(file)}</a>`,
  );
  const files = evidence.length === 0 ? '' : `<p class="soft">Evidence: ${evidence.join(', ')}</p>`;
  const counted = `${checks.length} ${checks.length === 1 ? 'check' : 'checks'}${evidence.length === 0 ? '' : `, ${evidence.length} ${evidence.length === 1 ? 'file' : 'files'} of evidence`}`;
  return `<details><summary><code>${escapeXml(claim.id)}</code> · ${counted}</summary><ul>${checks.join('')}</ul>${files}</details>`;
}

function list(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `<p>${title}</p><ul>${lines.map((line) => `<li>${escapeXml(line)}</li>`).join('')}</ul>`;
}
