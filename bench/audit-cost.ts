import quarterly from '../drills/quarterly.drill.ts';
import { defineDrill } from '../src/index.ts';
import type { JournalEvent } from '../src/model/journal.ts';
import { runDrill, stepTimes, type Site } from './by-muster.ts';
import { formatSpread, renderTable } from './statistics.ts';

/** All that the quarterly drill asks of a copy before anything starts on it. */
const AUDITED = defineDrill({
  title: 'Restore and audit',
  why: 'What it costs to look at what came back.',
  objectives: quarterly.objectives,
  preflight: quarterly.preflight ?? [],
  restore: quarterly.restore ?? [],
});

const RESTORES = ['restore-database', 'restore-files'];
const AUDITS = ['audit-integrity', 'audit-accounts', 'compare-with-baseline'];

export interface AuditCost {
  /** From the start of the first restoring step to the end of the last. */
  readonly restoreSeconds: number;
  /** Seconds of each step that asks. */
  readonly audits: Readonly<Record<string, number>>;
  /** The most memory that Muster's own process had at once while it restored, and while it asked: MiB. */
  readonly memory: { readonly restore: number; readonly audit: number };
}

/** A complete restore with everything that is asked of it, as often as told. */
export async function measureAudit(
  site: Site,
  rounds: number,
  say: (line: string) => void,
): Promise<readonly AuditCost[]> {
  const restore = { ...site.config.restore, order: 'complete' as const };
  const costs: AuditCost[] = [];
  for (let round = 1; round <= rounds; round++) {
    const memory = sampleMemory();
    const events = await runDrill('audited', AUDITED, { ...site, config: { ...site.config, restore } });
    const cost = costOf(events, memory.stop());
    costs.push(cost);
    say(
      `round ${round}/${rounds}: audit ${auditSeconds(cost).toFixed(1)} s of ${cost.restoreSeconds.toFixed(1)} s`,
    );
  }
  return costs;
}

interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly bytes: number;
}

function sampleMemory(): { stop(): readonly Sample[] } {
  const samples: Sample[] = [];
  const timer = setInterval(() => samples.push({ at: Date.now(), bytes: process.memoryUsage.rss() }), 20);
  return {
    stop() {
      clearInterval(timer);
      return samples;
    },
  };
}

function costOf(events: readonly JournalEvent[], samples: readonly Sample[]): AuditCost {
  const steps = stepTimes(events);
  const restores = steps.filter(({ step }) => RESTORES.includes(step));
  const audits = steps.filter(({ step }) => AUDITS.includes(step));
  const declaredAt = Date.parse(events[0]?.at ?? '') - (events[0]?.elapsedMs ?? 0);
  const peak = (during: typeof steps) =>
    samples
      .filter(({ at }) => during.some(({ from, to }) => from <= at - declaredAt && at - declaredAt <= to))
      .reduce((most, { bytes }) => Math.max(most, bytes / 2 ** 20), 0);
  return {
    restoreSeconds:
      (Math.max(...restores.map(({ to }) => to)) - Math.min(...restores.map(({ from }) => from))) / 1000,
    audits: Object.fromEntries(audits.map(({ step, from, to }) => [step, (to - from) / 1000])),
    memory: { restore: peak(restores), audit: peak(audits) },
  };
}

const auditSeconds = ({ audits }: AuditCost): number =>
  Object.values(audits).reduce((sum, seconds) => sum + seconds, 0);

export function describeAudit(costs: readonly AuditCost[]): string {
  const spread = (value: (cost: AuditCost) => number, digits = 1) => formatSpread(costs.map(value), digits);
  const row = (what: string, seconds: (cost: AuditCost) => number) => [
    what,
    spread(seconds),
    spread((cost) => (100 * seconds(cost)) / cost.restoreSeconds),
  ];
  const table = renderTable(
    ['order: complete', 'seconds', '% of the restore'],
    [
      row('restore the database and the files', ({ restoreSeconds }) => restoreSeconds),
      ...AUDITS.map((step) => row(step, ({ audits }) => audits[step] ?? 0)),
      row('the audit together', auditSeconds),
    ],
  );
  const memory = `restore ${spread(({ memory }) => memory.restore, 0)}, audit ${spread(({ memory }) => memory.audit, 0)}`;
  return `${table}\n\nMost memory of Muster's own process, MiB: ${memory}`;
}
