import { type JudgedClaim, shownVerdicts } from '../../src/model/claim.ts';
import { checksOf, describeSigner, evidenceOf, waiversOf, whyOpen } from '../claims.ts';
import type { RunSummary } from '../run-summary.ts';
import type { EvidenceShelf } from './attach-evidence.ts';
import { identify, statusOf, type AllureResult, type AllureStep } from './result-model.ts';
import { drillKey, table } from './results.ts';

/** One result per claim, with the checks that bear on it as its steps. They stand before the first phase. */
export async function claimResults(summary: RunSummary, shelf: EvidenceShelf): Promise<AllureResult[]> {
  const results: AllureResult[] = [];
  for (const claim of summary.coverage.claims) results.push(await claimResult(claim, summary, shelf));
  return results;
}

async function claimResult(
  claim: JudgedClaim,
  summary: RunSummary,
  shelf: EvidenceShelf,
): Promise<AllureResult> {
  const { id, sentence, verdict } = claim;
  const { started, startedAt } = summary;
  const at = Date.parse(startedAt);
  const why = whyOpen(claim, summary);
  const waivers = waiversOf(claim, summary).map(describeSigner).join('; ');
  const message = [why, waivers].filter(Boolean).join('; ');
  return {
    ...identify(drillKey(summary), started.run, `claim:${id}`),
    start: at,
    stop: at,
    name: sentence,
    fullName: `claim ${id}`,
    status: statusOf(verdict),
    stage: 'finished',
    statusDetails: message === '' ? {} : { message },
    descriptionHtml: table([
      ['Verdict', verdict],
      ...(why ? [['Why', why] as const] : []),
      ...(waivers ? [['Waiver', waivers] as const] : []),
      ['Proven by', claim.provenBy.join(', ')],
      ['Claim', id],
    ]),
    labels: [
      { name: 'epic', value: started.drill.title },
      { name: 'feature', value: '0 Claims' },
      { name: 'story', value: 'What was claimed' },
      { name: 'area', value: 'Claims' },
      { name: 'verdict', value: verdict },
      { name: 'framework', value: 'muster' },
    ],
    steps: basis(claim, summary),
    attachments: await shelf.attach(evidenceOf(claim, summary)),
    parameters: [],
  };
}

function basis(claim: JudgedClaim, summary: RunSummary): AllureStep[] {
  const shown = shownVerdicts(summary.coverage);
  return checksOf(claim, summary).map((check) => {
    const at = Date.parse(summary.checkedAt[check.id] ?? summary.startedAt);
    return {
      name: `${check.claim}: ${check.seen}`,
      status: statusOf(shown(check)),
      stage: 'finished',
      start: at,
      stop: at,
      steps: [],
      attachments: [],
      parameters: [],
    };
  });
}
