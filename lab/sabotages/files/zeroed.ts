import { changeOneFile } from '../one-file.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A file holds nothing but zeros',
  damages: 'One file, as by a disk that was full when it was copied.',
  drill: 'copy',
  caughtBy: { check: 'audit.files-content', code: 'FILES_DAMAGED' },
  mayFollow: ['baseline.*'],
  copy: (copy) => changeOneFile(copy, 'newest', (body) => Buffer.alloc(body.length)),
});
