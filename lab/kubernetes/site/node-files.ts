import { realpath, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { execa } from 'execa';
import type { ImageFile } from '../image.ts';

export const NODE = '/usr/local/bin/node';
/** Where an image holds the project. */
export const PROJECT = '/muster';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');

/** The Node that runs this, and the shared libraries that it needs. */
export async function nodeFiles(): Promise<ImageFile[]> {
  const node = await realpath(process.execPath);
  const { stdout } = await execa('ldd', [node]);
  const libraries = stdout.match(/\/\S+(?= \(0x)/g) ?? [];
  return [{ from: node, to: NODE }, ...libraries.map((library) => ({ from: library, to: library }))];
}

/** Folders or files of this project, in the same places below PROJECT. */
export function projectFiles(...names: readonly string[]): ImageFile[] {
  // package.json says that our files are modules.
  return ['package.json', ...names].map((name) => ({
    from: path.join(ROOT, name),
    to: path.join(PROJECT, name),
  }));
}

/** Packages with all that they depend on, where Node finds them for the project's files. */
export async function packageFiles(...names: readonly string[]): Promise<ImageFile[]> {
  const found = new Map<string, string>();
  for (const name of names) await follow(name, ROOT);
  return [...found].map(([from, to]) => ({ from, to }));

  async function follow(name: string, dependent: string): Promise<void> {
    const folder = await findPackage(name, dependent);
    if (folder === undefined || found.has(folder)) return;
    // One that is nested in its dependent is copied with it, and must still be followed.
    const [, place = ''] = /(node_modules\/.*)$/.exec(folder.slice(folder.indexOf('/node_modules/'))) ?? [];
    found.set(folder, path.join(PROJECT, place));
    const { dependencies = {} } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    for (const dependency of Object.keys(dependencies)) await follow(dependency, folder);
  }
}

/** Undefined for what is not installed, such as types. */
async function findPackage(name: string, dependent: string): Promise<string | undefined> {
  const places = createRequire(path.join(dependent, 'package.json')).resolve.paths(name) ?? [];
  for (const place of places) {
    const folder = path.join(place, name);
    const manifest = await readFile(path.join(folder, 'package.json')).catch(() => undefined);
    if (manifest !== undefined) return folder;
  }
  return undefined;
}
