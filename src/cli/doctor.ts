import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism, freemem, release, tmpdir, totalmem } from 'node:os';
import { findStrength } from '../support/scratch-network/strength.ts';
import { toolCache } from '../support/tool-folders.ts';
import { toolSpec, wantedVersion } from '../support/tool-table.ts';
import {
  compareVersions,
  KUBERNETES_TOOL_NAMES,
  openToolbox,
  setUpFor,
  TOOL_NAMES,
  wantedTools,
  type Toolbox,
  type ToolName,
} from '../support/tools.ts';

export interface Diagnosis {
  /** For people, in order. */
  readonly lines: readonly string[];
  /** False when a drill cannot work on this machine as it is. */
  readonly ok: boolean;
}

export interface DoctorOptions {
  readonly toolbox?: Toolbox;
  readonly root?: boolean;
}

interface Finding {
  readonly line: string;
  readonly ok: boolean;
}

const GIB = 2 ** 30;

/** Generous, not measured: less is pointed out and is not wrong. A drill checks its own need before it restores. */
const ADVISED = { disk: 4 * GIB, memory: 3 * GIB };

/** Looks at each tool and at the machine, and changes nothing. */
export async function runDoctor(options: DoctorOptions = {}): Promise<Diagnosis> {
  const { toolbox = openToolbox(), root = process.getuid?.() === 0 } = options;
  const wanted = wantedTools(root);
  const tools = await Promise.all(
    TOOL_NAMES.map((name) => examineTool(name, wanted.includes(name), toolbox)),
  );
  const findings = [
    await examineNode(),
    ...tools.flat(),
    await examineKubernetesLab(toolbox),
    ...(await examineMachine(root)),
  ];
  const wrong = findings.filter(({ ok }) => !ok).length;
  const verdict =
    wrong === 0
      ? 'Nothing is wrong: `muster run quarterly --lab` can start.'
      : `${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong. \`npm run setup\` brings what is missing.`;
  return { lines: [...findings.map(({ line }) => line), '', verdict], ok: wrong === 0 };
}

async function examineTool(name: ToolName, wanted: boolean, toolbox: Toolbox): Promise<Finding[]> {
  const [found, refused] = await Promise.all([toolbox.find(name), toolbox.refused(name)]);
  const first =
    found === undefined
      ? row(
          wanted ? 'wrong' : 'note',
          name,
          `not found; wanted: ${wantedVersion(name)}, which ${toolSpec(name).purpose}`,
        )
      : row('ok', name, `${found.version.padEnd(16)} ${found.source.padEnd(6)} ${found.path}`);
  // A stranger of the same name explains much, also when a good one was found after it.
  return [first, ...refused.map(({ path: file, reason }) => row('note', '', `${file} ${reason}: not used`))];
}

/** One row for all its programs: most people do without. */
async function examineKubernetesLab(toolbox: Toolbox): Promise<Finding> {
  const found = await Promise.all(KUBERNETES_TOOL_NAMES.map((name) => toolbox.find(name)));
  const missing = KUBERNETES_TOOL_NAMES.filter((_name, i) => found[i] === undefined);
  const setUp = `\`${setUpFor(KUBERNETES_TOOL_NAMES)}\``;
  return missing.length === 0
    ? row('ok', 'kubernetes', 'the programs of the Kubernetes lab are there')
    : row(
        'note',
        'kubernetes',
        `not here: ${missing.join(', ')}; only the Kubernetes lab needs them: ${setUp}`,
      );
}

async function examineNode(): Promise<Finding> {
  const manifest: unknown = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  const { engines } = manifest as { engines: { node: string } };
  const wanted = engines.node.replace('>=', '');
  const seen = process.versions.node;
  const good = compareVersions(seen, wanted) >= 0;
  const place = `${seen.padEnd(16)} ${''.padEnd(6)} ${process.execPath}`;
  return row(good ? 'ok' : 'wrong', 'node', good ? place : `${place}; wanted: ${wanted} or newer`);
}

async function examineMachine(root: boolean): Promise<Finding[]> {
  const temp = tmpdir();
  const { bavail, bsize } = await statfs(temp);
  const free = bavail * bsize;
  const memory = totalmem();
  const strength = await findStrength(root);
  return [
    row(
      free < ADVISED.disk ? 'note' : 'ok',
      'disk',
      `${gib(free)} free in ${temp}; a lab drill likes ${gib(ADVISED.disk)}`,
    ),
    row(
      memory < ADVISED.memory ? 'note' : 'ok',
      'memory',
      `${gib(memory)}, ${gib(freemem())} free; a lab drill likes ${gib(ADVISED.memory)}`,
    ),
    row('ok', 'cpu', `${availableParallelism()} cores`),
    row('ok', 'system', `${process.platform} ${process.arch}, ${release()}`),
    row('ok', 'user', root ? 'root: servers are started as an unprivileged user' : 'not root'),
    row(
      strength.kind === 'namespace' ? 'ok' : 'note',
      'sealing',
      strength.kind === 'namespace'
        ? `a network namespace${strength.rootless ? ' of a user namespace, without root' : ''}: nothing leaves a scratch, and attempts are counted`
        : `only by a proxy that denies, which is the weaker proof: ${strength.why}`,
    ),
    row('ok', 'cache', toolCache()),
  ];
}

function row(mark: 'ok' | 'note' | 'wrong', name: string, text: string): Finding {
  const signs = { ok: ' ok ', note: '  - ', wrong: '  ! ' };
  return { line: `${signs[mark]} ${name.padEnd(12)} ${text}`, ok: mark !== 'wrong' };
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
