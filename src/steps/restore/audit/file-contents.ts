import { createHash } from 'node:crypto';
import { Parser, type ReadEntry } from 'tar';
import type { Check } from '../../../model/check.ts';
import { DrillError } from '../../../model/errors.ts';
import type { FilesBackup } from '../../../model/facts.ts';
import type { ObjectReader } from '../../../providers/object-store/contract.ts';
import { inBatches } from '../../../support/in-batches.ts';
import { hashObject } from '../../backups/hash-object.ts';
import type { RestoredFileStore } from '../restored-files.ts';
import type { KnownFile } from './files-against-database.ts';

/** Most files are small, and each of the store's costs a round trip. */
const AT_ONCE = 8;

export interface ContentsOptions {
  readonly restored: RestoredFileStore;
  readonly backup: FilesBackup;
  readonly store: ObjectReader;
  readonly signal: AbortSignal;
}

export interface ContentsComparison {
  readonly compared: number;
  /** Ids of files whose bytes differ from those in the backup. */
  readonly different: readonly string[];
  /** Ids of files that nothing could be held against. */
  readonly unknown: readonly string[];
  /** Id → SHA-256 of the object in the backup. */
  readonly sha256: ReadonlyMap<string, string>;
}

/**
 * Holds the bytes of these restored files against the backup: against its manifest where it names them, else by reading
 * the objects in the store once more.
 */
export async function compareContents(
  files: readonly KnownFile[],
  options: ContentsOptions,
): Promise<ContentsComparison> {
  const wanted = await hashesInBackup(files, options);
  const different: string[] = [];
  const unknown: string[] = [];
  await inBatches(files, AT_ONCE, async (file) => {
    options.signal.throwIfAborted();
    const expected = wanted.get(file.id);
    if (expected === undefined) unknown.push(file.id);
    else if ((await options.restored.sha256(file.path)) !== expected) different.push(file.id);
  });
  return { compared: files.length - unknown.length, different, unknown, sha256: wanted };
}

/** What was compared of how many. */
export interface ContentsSample {
  /** Files that the database knows. */
  readonly files: number;
  /** Compared because they are the newest. */
  readonly newest: number;
  /** Compared by chance. */
  readonly drawn: number;
  /** Drawn, and too large to be read once more. */
  readonly leftOut: number;
}

/**
 * The share of files that may be damaged without one of those drawn showing it, at 95 % confidence: the largest p with
 * (1 - p)^n >= 5 %. Drawn without putting back, it is a little less.
 */
export function undetectedShare(drawn: number): number {
  return 1 - 0.05 ** (1 / drawn);
}

/** One decimal, and never less than it is. */
const percent = (share: number): string => (Math.ceil(share * 1_000) / 10).toFixed(1);

export function judgeContents(
  { compared, different, unknown }: ContentsComparison,
  { files, newest, drawn, leftOut }: ContentsSample,
): Check {
  const check = {
    id: 'audit.files-content',
    claim: 'A sample of restored files has, byte for byte, the content of the backup',
    expected: 'equal SHA-256',
  };
  const proves =
    compared >= files
      ? 'that is all of them'
      : drawn === 0
        ? 'none was drawn by chance, so nothing is known of the others'
        : `damage to more than ${percent(undetectedShare(drawn))} % of ${leftOut === 0 ? 'all' : 'those that are small'} is excluded with 95 % confidence`;
  const seen = `${compared} of ${files} compared, ${newest} of them among the newest, ${drawn} drawn by chance: ${proves}`;
  if (different.length > 0) {
    return {
      ...check,
      verdict: 'missed',
      seen: `${seen}; ${different.length} differ: ${different.slice(0, 5).join(', ')}`,
      code: 'FILES_DAMAGED',
      hint: 'These attachments came back with other contents than were backed up.',
    };
  }
  if (unknown.length > 0) {
    return {
      ...check,
      verdict: 'unverified',
      seen: `${seen}; ${unknown.length} are neither in a manifest nor in the backup: ${unknown.slice(0, 5).join(', ')}`,
      code: 'NOTHING_TO_COMPARE_WITH',
      hint: 'See audit.files-present for files that did not come back.',
    };
  }
  if (compared === 0) {
    return {
      ...check,
      verdict: 'unverified',
      seen: 'there was no file to compare',
      code: 'NOTHING_TO_COMPARE_WITH',
    };
  }
  return { ...check, verdict: 'passed', seen };
}

async function hashesInBackup(
  files: readonly KnownFile[],
  { backup, store, signal }: ContentsOptions,
): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  const rest: KnownFile[] = [];
  for (const file of files) {
    const known = backup.sha256[file.path] ?? backup.sha256[backup.key + file.path];
    if (known !== undefined) hashes.set(file.id, known);
    else if (!leadsOut(file.path)) rest.push(file);
  }
  if (rest.length === 0) return hashes;

  if (backup.kind === 'tar')
    return new Map([...hashes, ...(await hashesInTar(rest, backup.key, store, signal))]);
  await inBatches(rest, AT_ONCE, async (file) => {
    signal.throwIfAborted();
    const hash = await hashInBackup(store, backup.key + file.path, signal);
    if (hash !== undefined) hashes.set(file.id, hash);
  });
  return hashes;
}

async function hashInBackup(
  store: ObjectReader,
  key: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await hashObject(store, key, signal);
  } catch (error) {
    if (error instanceof DrillError && error.code === 'BACKUP_MISSING') return undefined;
    throw error;
  }
}

/** One pass over the archive, for a handful of its entries. */
async function hashesInTar(
  files: readonly KnownFile[],
  key: string,
  store: ObjectReader,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const parser = new Parser({
    onReadEntry(entry: ReadEntry) {
      // Archives are made of a folder, of "." or of its contents: a path ends with the key either way.
      const file = files.find(({ path }) => entry.path === path || entry.path.endsWith(`/${path}`));
      if (file === undefined) return void entry.resume();
      const hash = createHash('sha256');
      entry.on('data', (chunk) => hash.update(chunk));
      entry.on('end', () => found.set(file.id, hash.digest('hex')));
    },
  });
  const body = await store.open(key, { signal });
  await new Promise<void>((resolve, reject) => {
    parser.on('end', resolve);
    parser.on('error', reject);
    body.on('error', reject);
    body.pipe(parser as unknown as NodeJS.WritableStream);
  });
  return found;
}

/** A path that leads out of the file store is no key: nothing is asked for by it. */
const leadsOut = (key: string): boolean => key.startsWith('/') || key.split('/').includes('..');
