import path from 'node:path';
import { DrillError } from '../../model/errors.ts';
import type { DatabaseBackup } from '../../model/facts.ts';
import { HEAD_BYTES, recogniseDump, type RecognisedDump } from '../../providers/database/recognise-dump.ts';
import type { ObjectInfo, ObjectReader } from '../../providers/object-store/index.ts';
import { inBatches } from '../../support/in-batches.ts';
import { findManifest, type Manifest } from './manifest.ts';
import { readHead } from './read-head.ts';
import { isZoneApart, newestBefore, notAfterUpload, statedTime } from './taken-at.ts';

/** How many of the newest objects are opened to see what they are. */
const LOOK_AT = 30;

/** What lies beside dumps and is none: checksums, notes, logs, signatures. */
const SIDE_FILE =
  /(?:^|\/)(?:manifest\.json|[^/]*SUMS)$|\.(?:json|ya?ml|txt|md|log|sha\d*|md5|sum|sig|asc|html?)$/i;

export interface FoundDump {
  /** The newest dump; undefined when nothing under the prefix is one. */
  readonly newest: DatabaseBackup | undefined;
  /** Objects newer than it, by the store's clock, that should be a dump by their place and are not. */
  readonly unrecognised: readonly {
    readonly key: string;
    readonly modifiedAt: Date;
    readonly problem: string;
  }[];
}

interface Candidate {
  /** The object that tells what it is: the dump itself, or a directory dump's toc.dat. */
  readonly head: ObjectInfo;
  readonly objects: readonly ObjectInfo[];
}

export interface FindOptions {
  readonly prefix: string;
  /** Backups taken before it are preferred: those taken later did not help anybody then. */
  readonly outageAt: Date;
  readonly signal: AbortSignal;
}

/** Finds the newest database dump under a prefix, by what objects are and not by what they are called. */
export async function findDatabaseBackup(
  store: ObjectReader,
  { prefix, outageAt, signal }: FindOptions,
): Promise<FoundDump> {
  const objects: ObjectInfo[] = [];
  for await (const object of store.list(prefix, { signal })) objects.push(object);
  const candidates = group(objects).toSorted((a, b) => +b.head.modifiedAt - +a.head.modifiedAt);
  const looked = await inBatches(candidates.slice(0, LOOK_AT), 6, async (candidate) => ({
    candidate,
    recognised: await recognise(store, candidate, signal),
  }));
  const backups: { backup: DatabaseBackup; candidate: Candidate }[] = [];
  for (const { candidate, recognised } of looked) {
    if (typeof recognised === 'string') continue;
    backups.push({ candidate, backup: await describe(store, candidate, recognised, signal) });
  }
  const newest = newestBefore(outageAt, backups, ({ backup }) => backup.takenAt);
  const unrecognised = looked.flatMap(({ candidate: { head }, recognised }) =>
    typeof recognised === 'string' &&
    (newest === undefined || head.modifiedAt > newest.candidate.head.modifiedAt)
      ? [{ key: head.key, modifiedAt: head.modifiedAt, problem: recognised }]
      : [],
  );
  return { newest: newest?.backup, unrecognised };
}

function group(objects: readonly ObjectInfo[]): Candidate[] {
  const directories = objects.filter(({ key }) => path.posix.basename(key) === 'toc.dat');
  const within = (key: string) =>
    directories.find((toc) => path.posix.dirname(key) === path.posix.dirname(toc.key));
  return [
    ...directories.map((head) => ({
      head,
      objects: objects.filter(({ key }) => within(key) === head && isArchiveFile(key)),
    })),
    ...objects
      .filter(({ key }) => !within(key) && !SIDE_FILE.test(key))
      .map((head) => ({ head, objects: [head] })),
  ];
}

const isArchiveFile = (key: string): boolean =>
  /(?:^|\/)(?:toc|blobs?[_\d]*|\d+)\.(?:dat|toc)(?:\.(?:gz|zst|lz4))?$/.test(key);

async function recognise(
  store: ObjectReader,
  { head }: Candidate,
  signal: AbortSignal,
): Promise<RecognisedDump | string> {
  const found = await recogniseDump(await readHead(store, head.key, HEAD_BYTES, signal));
  if (
    typeof found !== 'string' &&
    found.kind === 'archive' &&
    found.header.format === 'tar' &&
    path.posix.basename(head.key) !== 'toc.dat'
  )
    return 'is a pg_dump archive in tar format, which is not read; use --format=custom or directory';
  return found;
}

async function describe(
  store: ObjectReader,
  { head, objects }: Candidate,
  recognised: RecognisedDump,
  signal: AbortSignal,
): Promise<DatabaseBackup> {
  const manifest = await findManifest(store, head.key, signal);
  const newestPart = objects.reduce((a, b) => (b.modifiedAt > a.modifiedAt ? b : a), head);
  const isDirectory = path.posix.basename(head.key) === 'toc.dat';
  return {
    location: store.location,
    keys: objects.map(({ key }) => key).toSorted(),
    format: recognised.kind === 'plain' ? 'plain' : isDirectory ? 'directory' : 'custom',
    compression: recognised.compression,
    // A manifest that does not list this dump speaks of another backup.
    ...takenAt(
      recognised,
      manifest?.sha256.has(head.key) ? manifest : undefined,
      head.key,
      newestPart.modifiedAt,
    ),
    bytes: objects.reduce((total, { size }) => total + size, 0),
    dumpedBy: recognised.kind === 'plain' ? recognised.dumpedBy : recognised.header.dumpedBy,
    sha256: Object.fromEntries(
      objects.flatMap(({ key }) => {
        const sha256 = manifest?.sha256.get(key);
        return sha256 === undefined ? [] : [[key, sha256]];
      }),
    ),
  };
}

/** An archive's header keeps the wall clock of the machine that dumped, without its zone; it is taken for UTC. */
function takenAt(
  recognised: RecognisedDump,
  manifest: Manifest | undefined,
  key: string,
  modifiedAt: Date,
): Pick<DatabaseBackup, 'takenAt' | 'takenAtSource'> {
  if (recognised.kind === 'archive') {
    const { localTime } = recognised.header;
    if (manifest?.takenAt && isZoneApart(localTime, manifest.takenAt))
      return { takenAt: manifest.takenAt.toISOString(), takenAtSource: 'manifest' };
    return { takenAt: notAfterUpload(localTime, modifiedAt).toISOString(), takenAtSource: 'archive-header' };
  }
  return statedTime(manifest, key, modifiedAt);
}

/** The error for a prefix that holds no dump. */
export function noDatabaseBackup(location: string, prefix: string, { unrecognised }: FoundDump): DrillError {
  const [first] = unrecognised;
  if (first !== undefined) {
    return new DrillError('BACKUP_UNREADABLE', `"${first.key}" in ${location} ${first.problem}`, {
      details: { location, prefix, objects: unrecognised.length },
      hint: 'Under backups.database.prefix there must be pg_dump output: custom, directory or plain, also .gz or .zst.',
    });
  }
  return new DrillError('BACKUP_MISSING', `no database dump under "${prefix}" in ${location}`, {
    details: { location, prefix },
    hint: 'Check backups.database.prefix, and that the backup job has run: without this there is nothing to restore.',
  });
}
