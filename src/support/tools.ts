import { execFile } from 'node:child_process';
import { access, constants, open, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { DrillError } from '../model/errors.ts';
import { toolFolders, type ToolEnvironment, type ToolFolder, type ToolSource } from './tool-folders.ts';
import {
  KUBERNETES_TOOL_NAMES,
  TOOL_NAMES,
  toolSpec,
  wantedVersion,
  type ToolName,
  type ToolSpec,
} from './tool-table.ts';

export { type ToolSource } from './tool-folders.ts';
export { KUBERNETES_TOOL_NAMES, TOOL_NAMES, wantedVersion, type ToolName } from './tool-table.ts';

export interface FoundTool {
  /** Absolute. */
  readonly path: string;
  /** As the tool says it; "unknown" for one that does not tell. */
  readonly version: string;
  readonly source: ToolSource;
}

/** A program of the right name that we can't use, and why. */
export interface RefusedTool {
  readonly path: string;
  readonly reason: string;
}

export interface Toolbox {
  /** PATH first, then the system's well-known folders, then Muster's cache. Undefined when none will do. */
  find(name: ToolName): Promise<FoundTool | undefined>;
  /** An absolute path. Rejects with TOOL_MISSING. */
  require(name: ToolName): Promise<string>;
  /** The programs that were passed over while looking for this one. */
  refused(name: ToolName): Promise<readonly RefusedTool[]>;
  /** Name to version, for reports; "missing" for a tool that was not found. */
  versions(names?: readonly ToolName[]): Promise<Record<string, string>>;
}

interface Search {
  readonly found: FoundTool | undefined;
  readonly refused: readonly RefusedTool[];
}

/** Looks each tool up once. Open another after installing something. */
export function openToolbox(env: ToolEnvironment = process.env): Toolbox {
  const judgeOnce = memoize((file: string, name: ToolName) => judge(toolSpec(name), file));
  const search = memoize((name: ToolName) => lookFor(name, env, judgeOnce));
  const find = async (name: ToolName): Promise<FoundTool | undefined> => (await search(name)).found;
  return {
    find,
    refused: async (name) => (await search(name)).refused,
    async require(name) {
      const { found, refused } = await search(name);
      if (found !== undefined) return found.path;
      throw toolMissing(name, refused);
    },
    async versions(names = TOOL_NAMES) {
      const rows = await Promise.all(
        names.map(async (name) => [name, (await find(name))?.version ?? 'missing'] as const),
      );
      return Object.fromEntries(rows);
    },
  };
}

/** The tools that this user needs: setpriv, for one, is for root alone, and ffmpeg for nobody. */
export function wantedTools(root = process.getuid?.() === 0): readonly ToolName[] {
  return TOOL_NAMES.filter((name) => {
    const { onlyForRoot = false, optional = false } = toolSpec(name);
    return !optional && (root || !onlyForRoot);
  });
}

/** The command that brings these tools. */
export function setUpFor(names: readonly ToolName[]): string {
  const kubernetes = names.some((name) => KUBERNETES_TOOL_NAMES.includes(name));
  return kubernetes ? 'npm run setup:kubernetes' : 'npm run setup';
}

const ours = openToolbox();

/** Where a tool is, or undefined. Looked up once per process. */
export const findTool = (name: ToolName): Promise<FoundTool | undefined> => ours.find(name);

/** A tool's absolute path. Rejects with TOOL_MISSING, saying which version is wanted and how to get it. */
export const requireTool = (name: ToolName): Promise<string> => ours.require(name);

function toolMissing(name: ToolName, refused: readonly RefusedTool[]): DrillError {
  return new DrillError(
    'TOOL_MISSING',
    `${wantedVersion(name)} was not found; it ${toolSpec(name).purpose}`,
    {
      hint: `Run \`${setUpFor([name])}\` to install it, or \`muster doctor\` to see where Muster looked.`,
      details: Object.fromEntries(refused.map((one) => [one.path, one.reason])),
    },
  );
}

type Judgement = { readonly version: string } | { readonly reason: string };
type Judge = (file: string, name: ToolName) => Promise<Judgement>;

async function lookFor(name: ToolName, env: ToolEnvironment, judgeOnce: Judge): Promise<Search> {
  const { family } = toolSpec(name);
  const refused: RefusedTool[] = [];
  const alone: FoundTool[] = [];
  for (const folder of await toolFolders(name, env)) {
    const found = await lookInto(folder, name, judgeOnce, refused);
    if (found === undefined) continue;
    // Server and client of different builds refuse each other, and a lone server cannot even start.
    if (family === undefined || (await holdsFamily(family, folder, found.version, judgeOnce)))
      return { found, refused };
    alone.push(found);
  }
  return { found: alone[0], refused };
}

async function holdsFamily(
  family: string,
  folder: ToolFolder,
  version: string,
  judgeOnce: Judge,
): Promise<boolean> {
  const members = TOOL_NAMES.filter((name) => toolSpec(name).family === family);
  const found = await Promise.all(members.map((name) => lookInto(folder, name, judgeOnce, [])));
  return found.every((member) => member?.version === version);
}

async function lookInto(
  folder: ToolFolder,
  name: ToolName,
  judgeOnce: Judge,
  refused: RefusedTool[],
): Promise<FoundTool | undefined> {
  for (const executable of toolSpec(name).executables) {
    const file = path.join(folder.path, executable);
    if (!(await isExecutable(file))) continue;
    const judgement = await judgeOnce(file, name);
    if ('version' in judgement) return { path: file, version: judgement.version, source: folder.source };
    refused.push({ path: file, reason: judgement.reason });
  }
  return undefined;
}

/** A program counts only when it answers its version question, and is new enough. */
async function judge(spec: ToolSpec, file: string): Promise<Judgement> {
  if (spec.refuse !== undefined && (await beginsWith(file, spec.refuse))) {
    return { reason: 'is a wrapper around a snap, which cannot see our files' };
  }
  const text = await ask(file, spec.versionArgs);
  const answer = spec.answer.exec(text);
  if (answer === null)
    return { reason: `does not answer \`${path.basename(file)} ${spec.versionArgs.join(' ')}\`` };
  const version = answer[1] ?? 'unknown';
  if (spec.minimum !== undefined && compareVersions(version, spec.minimum) < 0) {
    return { reason: `is ${version}, and we need ${spec.minimum} or newer` };
  }
  return { version };
}

/** What the program prints on both streams, whatever its exit code: some answer help with 1. */
function ask(file: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const options = { timeout: 10_000, killSignal: 'SIGKILL', maxBuffer: 2 ** 20 } as const;
    execFile(file, args, options, (_error, stdout, stderr) => resolve(`${stdout}\n${stderr}`));
  });
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

async function beginsWith(file: string, pattern: RegExp): Promise<boolean> {
  const target = await realpath(file);
  if (/(^|\/)snap(\/|$)/.test(target)) return true;
  const handle = await open(target);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    const text = buffer.toString('latin1', 0, bytesRead);
    return text.startsWith('#!') && pattern.test(text);
  } finally {
    await handle.close();
  }
}

/** By the first argument. A promise that rejects is kept too: nothing here gets better by itself. */
function memoize<Key, Rest extends unknown[], Value>(
  compute: (key: Key, ...rest: Rest) => Value,
): (key: Key, ...rest: Rest) => Value {
  const known = new Map<Key, Value>();
  return (key, ...rest) => {
    const value = known.get(key) ?? compute(key, ...rest);
    known.set(key, value);
    return value;
  };
}

/** Negative when `a` is older. Compares the numbers between dots; what is absent counts as 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
