import type { RestoredCopy } from './sabotage.ts';

/** The name of a file that a message shows. */
export async function nameOfOneFile(
  { query }: Pick<RestoredCopy, 'query'>,
  which: 'oldest' | 'newest',
): Promise<string> {
  const [file] = await query<{ path: string }>(
    `select path from fileinfo where deleteat = 0 and size > 100 order by createat ${which === 'newest' ? 'desc' : ''} limit 1`,
  );
  if (file === undefined) throw new TypeError('the lab has files');
  return file.path;
}

/** Writes other bytes for one file that a message shows. */
export async function changeOneFile(
  copy: RestoredCopy,
  which: 'oldest' | 'newest',
  change: (body: Buffer) => Buffer,
): Promise<void> {
  const name = await nameOfOneFile(copy, which);
  await copy.files.change(name, (key) => key === name, change);
}
