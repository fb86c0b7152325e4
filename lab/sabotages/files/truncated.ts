import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A file is cut off',
  damages: 'The second half of one file.',
  drill: 'copy',
  caughtBy: { check: 'audit.files-size', code: 'FILES_DAMAGED' },
  mayFollow: ['baseline.*', 'audit.files-content'],
  async copy({ query, readFile, writeFile }) {
    const [file] = await query<{ path: string }>(
      `select path from fileinfo where deleteat = 0 and size > 100 order by createat limit 1`,
    );
    const body = await readFile(file?.path ?? '');
    await writeFile(file?.path ?? '', body.subarray(0, body.length / 2));
  },
});
