import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'One file is missing',
  damages: 'A file that a message shows.',
  drill: 'copy',
  caughtBy: { check: 'audit.files-present', code: 'FILES_MISSING' },
  mayFollow: ['baseline.*', 'audit.previews-present', 'audit.files-content'],
  async copy({ query, removeFile }) {
    const [file] = await query<{ path: string }>(
      `select path from fileinfo where deleteat = 0 and size > 100 order by createat limit 1`,
    );
    await removeFile(file?.path ?? '');
  },
});
