import { nameOfOneFile } from '../one-file.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'One file is missing',
  damages: 'A file that a message shows.',
  drill: 'copy',
  caughtBy: { check: 'audit.files-present', code: 'FILES_MISSING' },
  mayFollow: ['baseline.*', 'audit.previews-present', 'audit.files-content'],
  copy: async (copy) => copy.files.remove(await nameOfOneFile(copy, 'oldest')),
});
