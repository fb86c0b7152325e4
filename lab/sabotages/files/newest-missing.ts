import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Files were saved before the database',
  damages: 'The newest ten files that the database names.',
  drill: 'copy',
  caughtBy: { check: 'rpo.files', code: 'NEWEST_FILE_MISSING' },
  mayFollow: ['baseline.*', 'audit.*'],
  async copy({ query, files }) {
    const newest = await query<{ path: string }>(
      `select path from fileinfo where deleteat = 0 order by createat desc limit 10`,
    );
    for (const { path } of newest) await files.remove(path);
  },
});
