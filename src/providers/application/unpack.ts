import path from 'node:path';
import { extract, type ReadEntry } from 'tar';
import { DrillError } from '../../model/errors.ts';

/**
 * Unpacks an archive into a folder. Rejects with BACKUP_UNREADABLE for one that is damaged or that reaches out of the
 * folder by a path or a link: an official one does not, so such a one is not to be trusted in anything.
 */
export async function unpack(archive: string, directory: string): Promise<void> {
  const offenders: string[] = [];
  try {
    await extract({
      file: archive,
      cwd: directory,
      strict: true,
      preserveOwner: false,
      filter: (name, entry) => {
        const reaches = reachesOut(name, entry as ReadEntry);
        if (reaches) offenders.push(name);
        return !reaches;
      },
    });
  } catch (cause) {
    if (offenders.length > 0) throw refusal(archive, offenders);
    throw new DrillError('BACKUP_UNREADABLE', `${archive} cannot be unpacked`, {
      cause,
      hint: 'It is damaged or not a .tar.gz: fetch it again.',
    });
  }
  if (offenders.length > 0) throw refusal(archive, offenders);
}

function reachesOut(name: string, { type, linkpath = '' }: ReadEntry): boolean {
  if (isOutside(name)) return true;
  if (type === 'Link') return isOutside(linkpath);
  if (type !== 'SymbolicLink') return false;
  return path.isAbsolute(linkpath) || isOutside(path.posix.join(path.posix.dirname(name), linkpath));
}

const isOutside = (name: string): boolean =>
  path.isAbsolute(name) || path.posix.normalize(name).split('/')[0] === '..';

const refusal = (archive: string, offenders: readonly string[]) =>
  new DrillError('BACKUP_UNREADABLE', `${archive} wants to write outside its folder`, {
    details: { entries: offenders.slice(0, 3).join(', ') },
    hint: 'This is no official archive. Fetch it again from where Mattermost publishes it, and check its hash.',
  });
