import { formatDuration } from '../../src/model/duration.ts';
import { countClaims, countWaived, describeWaiver, verdictText } from '../claims.ts';
import { lastProof } from '../last-proof.ts';
import { measureObjectives } from '../objectives.ts';
import type { RunSummary } from '../run-summary.ts';

export const REHEARSAL = 'stand-in (REHEARSAL: never evidence)';

/** The head of the report: what was drilled, what it came to, and whether it counts. */
export function reportName(summary: RunSummary): string {
  const { started, verdict } = summary;
  const rehearsal = started.application === 'stand-in' ? ' · REHEARSAL, never evidence' : '';
  const part = started.only === null ? '' : ` · only ${started.only}`;
  return `${verdictText(verdict, countWaived(summary))} · ${started.drill.title}${part}${rehearsal}`;
}

/** What an auditor wants to know about a run, in the order of reading. */
export function reportVariables(summary: RunSummary): Readonly<Record<string, string>> {
  const { started, startedAt, finished, verdict } = summary;
  const { machine, objectives } = started;
  return {
    Verdict: `${verdictText(verdict, countWaived(summary))}${finished ? ` (exit code ${finished.exitCode})` : ' (the run did not finish)'}`,
    Application: started.application === 'stand-in' ? REHEARSAL : 'official Mattermost server',
    ...Object.fromEntries(
      measureObjectives(summary).map(({ name, objective, measured }) => [
        name,
        `objective ${objective}, ${measured ? `measured ${measured}` : 'NOT MEASURED'}`,
      ]),
    ),
    ...claimVariables(summary),
    Checks: lastProof(summary).text,
    Drill: `${started.drill.title} (${started.drill.name})`,
    Run: started.run,
    Started: startedAt,
    'Simulated outage': started.outageAt,
    ...(finished && { Duration: formatDuration(finished.durationMs) }),
    'Left behind': finished
      ? finished.leftBehind.length === 0
        ? 'nothing'
        : finished.leftBehind.join('; ')
      : 'unknown: run `muster undo`',
    'Hardware tier': objectives.tier,
    Site: started.lab ? 'embedded lab' : 'configured site',
    Machine: `${machine.vcpus} vCPU, ${machine.memoryGiB} GiB, ${machine.os}`,
    ...(started.reason && { Reason: started.reason }),
    ...(started.operator && { Operator: started.operator }),
    ...(started.participants.length > 0 && { Participants: started.participants.join(', ') }),
    Muster: `${started.muster}${started.commit ? ` (${started.commit})` : ''}`,
  };
}

function claimVariables({ started, coverage }: RunSummary): Readonly<Record<string, string>> {
  const { claims, waivers } = coverage;
  const { notClaimed = [] } = started;
  return {
    ...(claims.length > 0 && { Claims: `${countClaims({ coverage }).proven} of ${claims.length} proven` }),
    ...(notClaimed.length > 0 && { 'Not claimed': notClaimed.join(' ') }),
    ...(waivers.length > 0 && { Waivers: waivers.map(describeWaiver).join('; ') }),
  };
}
