import { cutInHalf } from '../damage-dump.ts';
import { changeOneFile } from '../one-file.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A file is cut off',
  damages: 'The second half of one file.',
  drill: 'copy',
  caughtBy: { check: 'audit.files-size', code: 'FILES_DAMAGED' },
  mayFollow: ['baseline.*', 'audit.files-content'],
  copy: (copy) => changeOneFile(copy, 'oldest', cutInHalf),
});
