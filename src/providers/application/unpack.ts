import path from 'node:path';
import { extract, list, type ReadEntry } from 'tar';
import { DrillError } from '../../model/errors.ts';

/**
 * Unpacks an archive into a folder, after reading it to its end once: what is damaged, or reaches out of the folder by a
 * path or a link, leaves no file behind. Rejects with BACKUP_UNREADABLE for such a one: an official archive does
 * neither, so nothing in it is to be trusted.
 */
export async function unpack(archive: string, directory: string): Promise<void> {
  const offenders: string[] = [];
  try {
    await list({
      file: archive,
      strict: true,
      onReadEntry: (entry) => void (reachesOut(entry) && offenders.push(entry.path)),
    });
    if (offenders.length === 0)
      await extract({ file: archive, cwd: directory, strict: true, preserveOwner: false });
  } catch (cause) {
    throw new DrillError('BACKUP_UNREADABLE', `${archive} cannot be unpacked`, {
      cause,
      hint: 'It is damaged or not a .tar.gz: fetch it again.',
    });
  }
  if (offenders.length > 0) throw refusal(archive, offenders);
}

function reachesOut({ path: name, type, linkpath = '' }: ReadEntry): boolean {
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
