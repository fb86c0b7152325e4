import { DrillError } from '../../../model/errors.ts';

/** A file on the volume. */
export interface ListedFile {
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

const BEGIN = 'files of the volume:';
const HASHES = 'hashes:';
const END = 'end';

/**
 * Writes all that is in its working directory to its log: sizes, then hashes. It begins and ends with a line of its own,
 * as a node keeps the last 10 MiB of a log only and drops the rest without a word.
 */
export const LISTING_SCRIPT = `
set -e
echo '${BEGIN}'
find . -name .velero -prune -o -name lost+found -prune -o -type f -exec stat -c '%s %n' {} +
echo '${HASHES}'
find . -name .velero -prune -o -name lost+found -prune -o -type f -exec sha256sum {} +
echo '${END}'`;

/** Key → file, as the script wrote it. Rejects with RESTORE_FAILED for a log that is not whole. */
export function parseListing(log: string): ReadonlyMap<string, ListedFile> {
  const lines = log.replace(/\n$/, '').split('\n');
  const middle = lines.indexOf(HASHES);
  if (lines[0] !== BEGIN || lines.at(-1) !== END || middle === -1)
    throw incomplete(`it has ${lines.length} lines and is not whole`);
  const sizes = new Map(lines.slice(1, middle).map((line) => splitLine(line, /^(\d+) \.\/(.+)$/)));
  const files = lines.slice(middle + 1, -1).map((line): [string, ListedFile] => {
    const [key, sha256] = splitLine(line, /^([0-9a-f]{64}) [ *]\.\/(.+)$/);
    const size = sizes.get(key);
    if (size === undefined) throw incomplete('a file has a hash and no size');
    return [key, { size: Number(size), sha256 }];
  });
  if (files.length !== sizes.size)
    throw incomplete(`${sizes.size} files have a size and ${files.length} a hash`);
  return new Map(files);
}

function splitLine(line: string, pattern: RegExp): [key: string, value: string] {
  const [, value = '', key = ''] = pattern.exec(line) ?? [];
  // The line itself may be the name of somebody's file.
  if (key === '') throw incomplete('a line of it is none of ours');
  return [key, value];
}

function incomplete(why: string): DrillError {
  return new DrillError('RESTORE_FAILED', `what the volume holds cannot be read from the pod's log: ${why}`, {
    hint: 'A node keeps 10 MiB of a log (containerLogMaxSize of the kubelet), which is some 20,000 files.',
  });
}
