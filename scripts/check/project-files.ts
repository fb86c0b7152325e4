import { readdirSync } from 'node:fs';
import path from 'node:path';

/** What is not ours to check: installed, written by a run, or git's. */
const PASSED_OVER = new Set(['node_modules', 'results', '.git', '.lab']);

/** Every file below a folder that ends in one of the suffixes, as paths relative to it with slashes, in order. */
export function projectFiles(root: string, ...suffixes: readonly string[]): string[] {
  return walk(root, '')
    .filter((file) => suffixes.some((suffix) => file.endsWith(suffix)))
    .toSorted();
}

function walk(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(folder, entry.name);
    if (entry.isDirectory())
      return PASSED_OVER.has(file) || entry.name === 'node_modules' ? [] : walk(root, file);
    return entry.isFile() ? [file] : [];
  });
}
