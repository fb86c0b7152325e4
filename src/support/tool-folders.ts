import { glob, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { toolSpec, type ToolName } from './tool-table.ts';

/** The environment variables that say where tools may be; `process.env` by default. */
export type ToolEnvironment = Readonly<Record<string, string | undefined>>;

export type ToolSource = 'PATH' | 'system' | 'cache';

export interface ToolFolder {
  readonly path: string;
  readonly source: ToolSource;
}

/** Where set-up puts what the system's packages don't have: `muster/<tool>-<version>/` below this. */
export function toolCache(env: ToolEnvironment = process.env): string {
  const base = env['XDG_CACHE_HOME'];
  return path.join(
    base !== undefined && path.isAbsolute(base) ? base : path.join(home(env), '.cache'),
    'muster',
  );
}

/**
 * Folders to look in for a tool, in order. MUSTER_TOOL_FOLDERS (separated like PATH) takes the place of the
 * well-known ones, for systems that keep their tools elsewhere.
 */
export async function toolFolders(name: ToolName, env: ToolEnvironment): Promise<ToolFolder[]> {
  const onPath = splitPath(env['PATH']).map((folder) => ({ path: folder, source: 'PATH' as const }));
  const wellKnown =
    env['MUSTER_TOOL_FOLDERS'] === undefined
      ? (toolSpec(name).folders ?? [])
      : splitPath(env['MUSTER_TOOL_FOLDERS']);
  const system = await expandAll(wellKnown.map((folder) => expandVariables(folder, env)));
  const cache = await expandAll([
    path.join(toolCache(env), `${name}-*`),
    path.join(toolCache(env), `${name}-*`, 'bin'),
  ]);
  const folders: ToolFolder[] = [
    ...onPath,
    ...system.map((folder) => ({ path: folder, source: 'system' as const })),
    ...cache.map((folder) => ({ path: folder, source: 'cache' as const })),
  ];
  return uniqueByRealPath(folders);
}

function splitPath(value = ''): string[] {
  return value.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
}

function expandVariables(folder: string, env: ToolEnvironment): string {
  return folder
    .replace('$GOPATH', env['GOPATH']?.split(path.delimiter)[0] ?? path.join(home(env), 'go'))
    .replace(
      '$PLAYWRIGHT',
      env['PLAYWRIGHT_BROWSERS_PATH'] ?? path.join(home(env), '.cache', 'ms-playwright'),
    )
    .replace(/^~(?=\/)/, home(env));
}

async function expandAll(patterns: readonly string[]): Promise<string[]> {
  const folders: string[] = [];
  for (const pattern of patterns) folders.push(...(await expand(pattern)));
  return folders;
}

/** Newest version first, by number: 16 before 9.6. */
async function expand(pattern: string): Promise<string[]> {
  if (!pattern.includes('*')) return [pattern];
  const matches: string[] = [];
  for await (const match of glob(pattern)) matches.push(match);
  return matches.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
}

/** /bin and /usr/bin are one folder on most systems: asking the same program twice only costs time. */
async function uniqueByRealPath(folders: readonly ToolFolder[]): Promise<ToolFolder[]> {
  const seen = new Set<string>();
  const unique: ToolFolder[] = [];
  for (const folder of folders) {
    const real = await realpath(folder.path).catch(() => undefined);
    if (real === undefined || seen.has(real)) continue;
    seen.add(real);
    unique.push(folder);
  }
  return unique;
}

function home(env: ToolEnvironment): string {
  return env['HOME'] ?? homedir();
}
