import { changeOneFile } from '../one-file.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A file has other bytes of the same length',
  damages: 'One file, as when two uploads were mixed up.',
  drill: 'copy',
  caughtBy: { check: 'audit.files-content', code: 'FILES_DAMAGED' },
  mayFollow: ['baseline.*'],
  copy: (copy) => changeOneFile(copy, 'newest', (body) => Buffer.from(body).reverse()),
});
