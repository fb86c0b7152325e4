import type { Folder } from './sabotage.ts';

/** A folder that is changed in bulk by its own `list`, `read`, `write` and `remove`. */
export function folderOf(basics: Pick<Folder, 'list' | 'read' | 'write' | 'remove'>): Folder {
  const { list, read, write, remove } = basics;
  return {
    ...basics,
    async removeAll(prefix, fits = () => true) {
      for (const key of (await list(prefix)).filter(fits)) await remove(key);
    },
    async change(prefix, fits, change) {
      for (const key of (await list(prefix)).filter(fits)) await write(key, change(await read(key)));
    },
  };
}
