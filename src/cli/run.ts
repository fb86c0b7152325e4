import path from 'node:path';
import { Option, type Command } from 'commander';
import { closingLines } from '../../reporters/closing-lines.ts';
import { openConsoleReporter } from '../../reporters/console.ts';
import type { Lab } from '../../lab/index.ts';
import { requireSecrets, resolveSecret } from '../config/secrets.ts';
import { loadConfig } from '../config/load.ts';
import type { Outcome } from '../engine/outcome.ts';
import { declareDrill, resumeDrill, type RunDrillOptions } from '../engine/run-drill.ts';
import { readRunRecord, type RunRecord } from '../engine/run-record.ts';
import { PHASES, type Drill, type Phase } from '../model/drill.ts';
import { DrillError } from '../model/errors.ts';
import type { JournalEvent } from '../model/journal.ts';
import { loadDrill } from './drills.ts';
import { effectiveObjectives } from './objectives.ts';
import { resultsFolder } from '../support/project-root.ts';
import { readLastProof } from './proof.ts';
import { closeRun } from './close-run.ts';
import { enterLabNetwork, makeLabNetwork } from './lab-network.ts';
import { findRun, readRun } from './runs.ts';
import { trapSignals } from './signals.ts';
import { startRecord } from '../engine/start-record.ts';

interface RunFlags {
  readonly config?: string;
  readonly lab?: boolean;
  readonly kubernetes?: boolean;
  readonly only?: Phase;
  readonly outageAt?: string;
  readonly resume?: string;
  readonly keepScratch?: boolean;
  readonly confirm?: string;
  readonly json?: boolean;
  readonly reason?: string;
  readonly operator?: string;
  readonly participant: readonly string[];
}

export function addRun(program: Command): void {
  program
    .command('run')
    .argument('[drill]', 'name of a drill; `muster list` shows them')
    .description('run a drill: preflight, restore, failover, verify, load; then undo, report, archive')
    .option('-c, --config <file>', 'config file (default: muster.config.yaml or .ts here)')
    .option(
      '--lab',
      'rehearse on the embedded lab, which is brought up and taken down around the run (hardware tier "lab")',
    )
    .option(
      '--kubernetes',
      'with --lab: restore into a real Kubernetes cluster, by Velero, in a network of its own (needs root)',
    )
    .addOption(new Option('--only <phase>', 'only this phase').choices(PHASES))
    .option('--outage-at <time>', 'ISO 8601: age, expiry and RPO are measured at that moment (default: now)')
    .option('--resume <run>', 'go on with a run that was kept, or whose process died')
    .option('--keep-scratch', 'leave the restored copy running; `muster undo RUN` ends it')
    .option('--confirm <name>', 'the name that may be switched although it serves production, typed in full')
    .option('--json', 'print the journal, one JSON event per line, instead of text')
    .option('--reason <text>', 'why this exercise is run, for the report')
    .option('--operator <name>', 'who runs it, for the report')
    .option(
      '--participant <name>',
      'who takes part, for the report; may be given again',
      (name: string, all: readonly string[]) => [...all, name],
      [],
    )
    .addHelpText(
      'after',
      `
Examples:
  muster run quarterly --lab
  muster run quarterly --lab --kubernetes
  muster run quarterly --config sites/eu.yaml --confirm chat.example.com
  muster run quarterly --outage-at 2026-11-22T00:00:00Z
  muster run quarterly --reason "tabletop 2026-Q4" --operator jane --participant ops --participant security
  muster run backup-audit --only preflight
  muster run --resume last`,
    )
    .action(async (name: string | undefined, flags: RunFlags) => {
      process.exitCode =
        (await runElsewhere(flags)) ??
        (flags.resume === undefined
          ? await startRun(name, flags)
          : await resumeRun(flags.resume, name, flags));
    });
}

/** A Kubernetes lab has a network of its own: there its drills run. */
async function runElsewhere({ lab, kubernetes, config, resume }: RunFlags): Promise<number | undefined> {
  if (kubernetes && !lab)
    throw new DrillError('USAGE_INVALID', '--kubernetes says which lab, so it needs --lab', {
      hint: 'Leave it out: a config says with scratch.kind that the site is restored into a cluster.',
    });
  if (kubernetes) return makeLabNetwork();
  return enterLabNetwork(resume === undefined ? config : readRunRecord(findRun(resume)).configFile);
}

async function startRun(name: string | undefined, flags: RunFlags): Promise<number> {
  if (name === undefined)
    throw new DrillError('USAGE_INVALID', 'no drill was named', {
      hint: '`muster list` shows them; `muster run quarterly --lab` needs no config.',
    });
  if (flags.lab && flags.config !== undefined)
    throw new DrillError('USAGE_INVALID', '--lab brings its own config, so --config cannot be given too', {
      hint: 'Leave one of them out.',
    });
  const drill = await loadDrill(name);
  requireStartable(drill, flags.only);
  const outage = flags.outageAt === undefined ? undefined : parseOutage(flags.outageAt);
  using signals = trapSignals(flags.keepScratch ? KEEPING : undefined);
  const say = (line: string) => void (flags.json ? process.stderr : process.stdout).write(`${line}\n`);

  const stay = flags.keepScratch ?? false;
  const { kubernetes = false } = flags;
  const lab = flags.lab
    ? await (await loadLab()).openLab({ say, signal: signals.signal, stay, kubernetes })
    : undefined;
  let kept = false;
  try {
    const { config, file } = await loadConfig(lab?.configFile ?? flags.config);
    const secrets = await requireSecrets(config);
    const proof = await readLastProof(config, (line) => void process.stderr.write(`${line}\n`));
    const outageAt = lab ? await lab.declareOutage() : (outage ?? new Date());
    const record = startRecord({
      drill: name,
      only: flags.only ?? null,
      config,
      configFile: file,
      objectives: effectiveObjectives(drill, config, lab ? 'lab' : undefined),
      outageAt: (outage ?? outageAt).toISOString(),
      lab: lab ? { directory: lab.directory } : null,
      confirmed: lab ? lab.switchedName : (flags.confirm ?? null),
      proof,
    });
    const runDir = path.join(resultsFolder, record.run);
    return await followRun(flags, runDir, lab, async (options) => {
      const outcome = await declareDrill({
        ...options,
        secrets,
        record,
        drill,
        runDir,
        signal: signals.signal,
        reason: flags.reason ?? null,
        operator: flags.operator ?? null,
        participants: flags.participant,
      });
      kept = stay;
      return outcome;
    });
  } finally {
    // Without a run that keeps it, nobody would find the lab again.
    if (lab && !kept) await lab.down();
  }
}

/** Only for who needs it: it is made of servers and takes a second to load. */
const loadLab = () => import('../../lab/index.ts');

const KEEPING = {
  first: 'stopping; the scratch is kept, as --keep-scratch asks for',
  again: 'the run is being brought to its end',
};

async function resumeRun(run: string, name: string | undefined, flags: RunFlags): Promise<number> {
  const runDir = findRun(run);
  const record = readRunRecord(runDir);
  refuseSettings(record, name, flags);
  const secrets = await requireSecrets(record.config);
  const drill = await loadDrill(record.drill);
  if (flags.only !== undefined && (drill[flags.only] ?? []).length === 0)
    throw new DrillError('USAGE_INVALID', `this drill has no ${flags.only} phase`);
  using signals = trapSignals(flags.keepScratch ? KEEPING : undefined);
  const lab = record.lab ? await (await loadLab()).findLab(record.lab.directory) : undefined;
  // Awaited here: the signals are ours until the run has ended.
  return await followRun(flags, runDir, lab, (options) =>
    resumeDrill({ ...options, secrets, drill, runDir, only: flags.only, signal: signals.signal }),
  );
}

/** A run goes on as it was declared. What would be ignored is refused. */
function refuseSettings(record: RunRecord, name: string | undefined, flags: RunFlags): void {
  if (name !== undefined && name !== record.drill)
    throw new DrillError('USAGE_INVALID', `run ${record.run} is of drill "${record.drill}", not "${name}"`, {
      hint: 'Leave the name out: --resume knows it.',
    });
  const given = Object.entries({
    '--config': flags.config,
    '--lab': flags.lab,
    '--kubernetes': flags.kubernetes,
    '--outage-at': flags.outageAt,
    '--confirm': flags.confirm,
    '--reason': flags.reason,
    '--operator': flags.operator,
    '--participant': flags.participant[0],
  }).flatMap(([option, value]) => (value === undefined ? [] : [option]));
  if (given.length > 0)
    throw new DrillError(
      'USAGE_INVALID',
      `a resumed run goes on as it was declared, so ${given.join(', ')} cannot be given`,
      { hint: 'Only --only, --keep-scratch and --json go with --resume.' },
    );
}

type Attached = Pick<RunDrillOptions, 'onEvent' | 'resolveSecret' | 'keepScratch'>;

async function followRun(
  flags: RunFlags,
  runDir: string,
  lab: Lab | undefined,
  go: (options: Attached) => Promise<Outcome>,
): Promise<number> {
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const outcome = await (async () => {
    using reporter = openConsoleReporter(print, { colour: process.stdout.isTTY && !process.env['NO_COLOR'] });
    const onEvent = flags.json ? (event: JournalEvent) => print(JSON.stringify(event)) : reporter.event;
    return await go({ onEvent, resolveSecret, keepScratch: flags.keepScratch ?? false });
  })();
  const { report, exitCode } = await closeRun(
    runDir,
    outcome,
    (line) => void process.stderr.write(`${line}\n`),
  );
  const labLeft = lab && !flags.keepScratch ? await lab.down() : [];
  if (!flags.json) {
    for (const line of closingLines(readRun(runDir).summary, report)) print(line);
    if (lab && labLeft.length === 0 && !flags.keepScratch)
      print('Lab        taken down, nothing is left behind');
  }
  for (const left of labLeft) process.stderr.write(`left behind by the lab: ${left}\n`);
  return labLeft.length > 0 ? 90 : exitCode;
}

/** A phase that needs what earlier phases establish cannot start on nothing. */
function requireStartable(drill: Drill, only: Phase | undefined): void {
  if (only === undefined) return;
  const steps = drill[only] ?? [];
  if (steps.length === 0) throw new DrillError('USAGE_INVALID', `this drill has no ${only} phase`);
  const given = new Set(steps.flatMap(({ gives = [] }) => gives));
  const missing = steps.flatMap(({ needs = [] }) => needs).find((fact) => !given.has(fact));
  if (missing !== undefined) {
    throw new DrillError(
      'USAGE_INVALID',
      `phase ${only} needs "${missing}", which earlier phases establish`,
      {
        hint: 'Run the whole drill with --keep-scratch, then repeat the phase with --resume RUN; or start with --only preflight.',
      },
    );
  }
}

function parseOutage(text: string): Date {
  const [, day = ''] = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const time = new Date(text);
  // JavaScript takes 31 February for 3 March.
  if (day === '' || Number.isNaN(time.getTime()) || !isDay(day))
    throw new DrillError(
      'USAGE_INVALID',
      `--outage-at must be ISO 8601 with a time zone, such as 2026-11-22T00:00:00Z (got "${text}")`,
    );
  if (time.getTime() > Date.now())
    throw new DrillError('USAGE_INVALID', `--outage-at must not be in the future (got "${text}")`, {
      hint: 'Ages of backups are measured at that moment; leave it out to measure them now.',
    });
  return time;
}

function isDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}
