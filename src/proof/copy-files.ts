import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { folderOf } from '../../lab/sabotages/folder.ts';
import type { Folder } from '../../lab/sabotages/sabotage.ts';
import type { FilesInFolder, RestoredFiles } from '../model/facts.ts';

/** Files that share their bytes with others by hard links. A write here makes them its own first. */
export function linkedFolder(root: string): Folder {
  const at = (key: string) => path.join(root, key);
  return folderOf({
    async list(prefix) {
      const entries = await readdir(root, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
        .filter((key) => key.startsWith(prefix))
        .toSorted();
    },
    read: (key) => readFile(at(key)),
    async write(key, body) {
      await mkdir(path.dirname(at(key)), { recursive: true });
      await writeFile(`${at(key)}.new`, body);
      await rename(`${at(key)}.new`, at(key));
    },
    remove: (key) => rm(at(key)),
  });
}

export function requireFolder(files: RestoredFiles): FilesInFolder {
  if (files.kind !== 'folder') throw new TypeError('copies have their files in a folder');
  return files;
}
