import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The file store is of another site',
  damages: 'All files; those of somebody else are there instead.',
  drill: 'copy',
  caughtBy: { check: 'audit.files-present', code: 'FILES_MISSING' },
  mayFollow: ['baseline.*', 'audit.*', 'rpo.files'],
  async copy({ listFiles, readFile, writeFile, removeFile }) {
    for (const name of await listFiles()) {
      await writeFile(`elsewhere/${name}`, await readFile(name));
      await removeFile(name);
    }
  },
});
