import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** What Mattermost puts at the top of its file store: days, and folders of its own. */
const OF_THE_STORE = /^(?:\d{8}|bookmarks|brand|emoji|export|import|noteam|plugins|teams|users|testfile)$/;

/** Archives often wrap the file store into a folder ("data", "files"): that one is the store then. */
export async function findFileStoreRoot(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const [only] = entries;
  if (entries.length !== 1 || !only?.isDirectory() || OF_THE_STORE.test(only.name)) return folder;
  return findFileStoreRoot(path.join(folder, only.name));
}

/** The same for keys that all lie in these folders, one in the other: "data/", or "" where the store begins at once. */
export function rootWithin(shared: readonly string[]): string {
  const end = shared.findIndex((name) => OF_THE_STORE.test(name));
  return shared
    .slice(0, end === -1 ? shared.length : end)
    .map((name) => `${name}/`)
    .join('');
}
