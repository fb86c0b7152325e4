import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import databaseOnly from '../drills/database-only.drill.ts';
import quarterly from '../drills/quarterly.drill.ts';
import { findLab, openLab, type Lab } from '../lab/index.ts';
import { loadConfig } from '../src/config/load.ts';
import { makeLabNetwork } from '../src/cli/lab-network.ts';
import { describeMachine } from '../src/engine/run-record.ts';
import { describeAudit, measureAudit } from './audit-cost.ts';
import { runDrill, type Site } from './by-muster.ts';
import { compareRestores, describeRestores } from './compare-restores.ts';
import { criticalPathOf, describeCriticalPath, describeOwnShare, ownShareOf } from './own-share.ts';

/** Long documents: with the defaults, 300 bytes of their text for each message, which a site in use was found to have. */
const DOCUMENT_LINES = [1_500, 6_500] as const;

const HELP = `Measures Muster on a lab of the size of a real site, against the recipe that people follow by hand.

  npm run bench -- [options]

  --posts <number>    messages of the site (200000)
  --files <number>    attached files; two of three are documents with a text to search in (300)
  --rounds <number>   how often each restore is measured (3)
  --jobs <number>     for pg_restore, on both sides (one per processor)
  --only <part>       restore: by hand, service first and complete, interleaved
                      audit: what is asked of the copy, against its restore, and memory
                      drill: the share of our own code, and the way to the first verified message
  --kubernetes        the quarterly drill on a Kubernetes lab (as root): the share of our own code beside Velero,
                      kubelet and waits
  --lab <folder>      a lab that stands already; it is left standing
  --keep-lab          leave the lab standing for another time; \`muster lab down\` takes it down
  --help

Results are printed, and kept in bench/results as JSON. Other programs on the machine disturb it: believe ratios and
processor seconds rather than seconds.
`;

const PARTS: readonly string[] = ['restore', 'audit', 'drill'];

const { values } = parseArgs({
  options: {
    posts: { type: 'string', default: '200000' },
    files: { type: 'string', default: '300' },
    rounds: { type: 'string', default: '3' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    only: { type: 'string' },
    lab: { type: 'string' },
    kubernetes: { type: 'boolean', default: false },
    'keep-lab': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(HELP);
else {
  const elsewhere = values.kubernetes ? await makeLabNetwork() : undefined;
  if (elsewhere === undefined) await bench();
  else process.exitCode = elsewhere;
}

async function bench(): Promise<void> {
  if (values.only !== undefined && !PARTS.includes(values.only))
    throw new TypeError(`--only ${values.only}: there are ${PARTS.join(', ')}`);
  const parts = values.kubernetes ? ['cluster'] : values.only === undefined ? PARTS : [values.only];
  const [posts, files, rounds, jobs] = [values.posts, values.files, values.rounds, values.jobs].map(
    wholeNumber,
  ) as [number, number, number, number];
  const stops = new AbortController();
  process.once('SIGINT', () => stops.abort()).once('SIGTERM', () => stops.abort());
  const keep = values['keep-lab'] || values.lab !== undefined;
  const lab = await standingLab({ posts, files, stay: keep, signal: stops.signal });
  try {
    // Nobody is to post while we measure.
    const outageAt = await lab.declareOutage();
    const { config } = await loadConfig(lab.configFile);
    const site = { config, outageAt };
    const results: Record<string, unknown> = {
      at: new Date().toISOString(),
      machine: describeMachine(),
      ...{ posts, files, rounds, jobs },
    };
    if (parts.includes('restore')) {
      const compared = await compareRestores({ site, rounds, jobs, say });
      results['restores'] = compared;
      say(`\n${describeRestores(compared)}\n`);
    }
    if (parts.includes('audit')) {
      const costs = await measureAudit(site, rounds, say);
      results['audit'] = costs;
      say(`\n${describeAudit(costs)}\n`);
    }
    if (parts.includes('cluster')) results['cluster'] = await measureClusterDrill(site);
    if (parts.includes('drill')) results['drills'] = await measureDrills(site);
    await keepResults(results);
  } finally {
    if (!keep) for (const left of await lab.down()) say(`left behind by the lab: ${left}`);
  }
}

async function measureDrills(site: Site): Promise<unknown> {
  const whole = await runDrill('quarterly', quarterly, site);
  const database = await runDrill('database-only', databaseOnly, site);
  const drills = {
    quarterly: ownShareOf(whole),
    'database-only': ownShareOf(database),
    criticalPath: criticalPathOf(whole),
  };
  say(`\n${describeOwnShare('quarterly', drills.quarterly)}\n`);
  say(`${describeOwnShare('database-only', drills['database-only'])}\n`);
  say(`${describeCriticalPath(drills.criticalPath)}\n`);
  return drills;
}

async function measureClusterDrill(site: Site): Promise<unknown> {
  const share = ownShareOf(await runDrill('quarterly', quarterly, site));
  say(`\n${describeOwnShare('quarterly, in a cluster', share)}\n`);
  return share;
}

interface LabWish {
  readonly posts: number;
  readonly files: number;
  readonly stay: boolean;
  readonly signal: AbortSignal;
}

async function standingLab({ posts, files, stay, signal }: LabWish): Promise<Lab> {
  if (values.lab === undefined)
    return openLab({
      ...{ say, signal, stay, size: { posts, files, documentLines: DOCUMENT_LINES } },
      kubernetes: values.kubernetes,
    });
  const found = await findLab(path.resolve(values.lab));
  if (found === undefined) throw new Error(`no lab stands in ${values.lab}`);
  return found;
}

async function keepResults(results: Record<string, unknown>): Promise<void> {
  const folder = path.join(import.meta.dirname, 'results');
  const file = path.join(folder, `${String(results['at']).replaceAll(/[:.]/g, '')}.json`);
  await mkdir(folder, { recursive: true });
  await writeFile(file, `${JSON.stringify(results, undefined, 2)}\n`);
  say(`kept in ${path.relative(process.cwd(), file)}`);
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new TypeError(`"${text}" is no number of anything`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
