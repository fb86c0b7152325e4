import path from 'node:path';
import { DrillError } from '../../model/errors.ts';

/** Where a name from a backup lies in a folder. Rejects a name that would lead out of it. */
export function insideFolder(folder: string, name: string): string {
  const wanted = path.resolve(folder, name);
  const leaves = path.isAbsolute(name) || name.includes('\0') || name.split(/[/\\]/).includes('..');
  if (leaves || !wanted.startsWith(folder + path.sep)) {
    throw new DrillError(
      'RESTORE_FAILED',
      `the file backup holds "${name}", which leads out of the scratch`,
      {
        hint: 'Mattermost writes no such names: find out who put it into the backup before anything is restored from it.',
      },
    );
  }
  return wanted;
}
