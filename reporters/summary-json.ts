import { countWaived, evidenceOf } from './claims.ts';
import { measureObjectives } from './objectives.ts';
import type { RunSummary } from './run-summary.ts';

/** What machines read: verdict, objectives against measured, phases, every check. Specified in docs/reports.md. */
export function renderSummary(summary: RunSummary): string {
  const { started, startedAt, finished, verdict, phases, steps, moments, metrics, made, kept, ownShare } =
    summary;
  return `${JSON.stringify(
    {
      format: 1,
      run: started.run,
      drill: started.drill,
      only: started.only,
      verdict,
      exitCode: finished?.exitCode ?? null,
      rehearsal: started.application === 'stand-in',
      application: started.application,
      startedAt,
      durationMs: finished?.durationMs ?? null,
      outageAt: started.outageAt,
      objectives: {
        rpoMs: started.objectives.rpo,
        rtoMs: started.objectives.rto,
        tier: started.objectives.tier,
      },
      measured: Object.fromEntries(
        measureObjectives(summary).map(({ name, measuredMs, verdict: of }) => [
          name.toLowerCase(),
          { ms: measuredMs, verdict: of },
        ]),
      ),
      waived: countWaived(summary),
      claims: summary.coverage.claims.map((claim) => ({ ...claim, evidence: evidenceOf(claim, summary) })),
      notClaimed: started.notClaimed ?? [],
      waivers: summary.coverage.waivers,
      momentsMs: moments,
      metrics,
      phases,
      steps: steps.map(({ checks, commands, ...step }) => ({
        ...step,
        commands: commands.length,
        checks: checks.map(({ id, verdict: of }) => ({ id, verdict: of })),
      })),
      checks: steps.flatMap((step) => step.checks.map((check) => ({ step: step.id, ...check }))),
      cleanUp: { kept, ...made, leftBehind: finished?.leftBehind ?? null, undoErrors: summary.undoErrors },
      ownShare,
      reason: started.reason,
      operator: started.operator,
      participants: started.participants,
      machine: started.machine,
      muster: started.muster,
      commit: started.commit,
      proof: started.proof ?? null,
    },
    undefined,
    2,
  )}\n`;
}
