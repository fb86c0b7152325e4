import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'A file has other bytes of the same length',
  damages: 'One file, as when two uploads were mixed up.',
  drill: 'copy',
  caughtBy: { check: 'audit.files-content', code: 'FILES_DAMAGED' },
  mayFollow: ['baseline.*'],
  async copy({ query, readFile, writeFile }) {
    const [file] = await query<{ path: string }>(
      `select path from fileinfo where deleteat = 0 and size > 100 order by createat desc limit 1`,
    );
    const body = await readFile(file?.path ?? '');
    await writeFile(file?.path ?? '', Buffer.from(body).reverse());
  },
});
