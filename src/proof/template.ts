import path from 'node:path';
import { declareDrill, undoDrill } from '../engine/run-drill.ts';
import { readFacts } from '../engine/run-record.ts';
import { resolveSecret } from '../config/secrets.ts';
import { defineDrill } from '../model/drill.ts';
import { hours } from '../model/duration.ts';
import { DrillError } from '../model/errors.ts';
import type { Facts } from '../model/facts.ts';
import type { JournalEvent } from '../model/journal.ts';
import * as steps from '../steps/index.ts';
import { startRecord } from '../engine/start-record.ts';
import type { Ground, GroundOptions } from './ground.ts';
import { findings } from './findings.ts';

const ESTABLISHED = ['backups', 'baseline', 'cluster', 'scratch', 'database', 'files', 'samples'] as const;

/** What restoring the lab's backups once has established. Nobody connects to its database: copies are cloned from it. */
export interface Template extends Readonly<Pick<Facts, (typeof ESTABLISHED)[number]>> {
  undo(): Promise<void>;
}

const DRILL = defineDrill({
  title: 'Restore the copy that sabotages are tried on',
  why: 'Restored once, by the same steps as in any drill, it can be cloned in a moment.',
  objectives: { rpo: hours(24), rto: hours(4), tier: 'lab' },
  preflight: [steps.backupsAreFresh(), steps.baselineIsSound(), steps.scratchIsEmpty(), steps.sealScratch()],
  restore: [steps.restoreCluster(), steps.restoreDatabase(), steps.restoreFiles(), steps.auditIntegrity()],
});

/** Rejects with LAB_FAILED when the lab's own backups do not restore without a finding. */
export async function restoreTemplate(
  { directory, config, outageAt, lab, secrets }: Ground,
  { say, signal }: GroundOptions,
): Promise<Template> {
  const runDir = path.join(directory, 'template-run');
  const events: JournalEvent[] = [];
  const shared = {
    runDir,
    drill: DRILL,
    secrets,
    resolveSecret,
    onEvent: (event: JournalEvent) => {
      events.push(event);
      if (event.type === 'step.started') say(`${event.title} of the copy that all others are cloned from`);
    },
  };
  const undo = async () => void (await undoDrill(shared));
  const record = startRecord({
    drill: 'template',
    only: null,
    config,
    configFile: lab.configFile,
    objectives: DRILL.objectives,
    outageAt: outageAt.toISOString(),
    lab: { directory: lab.directory },
    confirmed: null,
    proof: null,
  });
  const { verdict } = await declareDrill({
    ...shared,
    record,
    signal,
    keepScratch: true,
    reason: null,
    operator: null,
    participants: [],
  });
  const facts = readFacts(runDir);
  const missing = ESTABLISHED.find((fact) => facts[fact] === undefined);
  if (verdict === 'passed' && missing === undefined) return { ...(facts as Omit<Template, 'undo'>), undo };
  await undo();
  signal.throwIfAborted();
  throw new DrillError('LAB_FAILED', `the lab's own backups do not restore cleanly (${verdict})`, {
    details: Object.fromEntries(findings(events).map(({ what, seen }) => [what, seen])),
    hint: 'Run `muster run quarterly --lab`, whose report says more.',
  });
}
