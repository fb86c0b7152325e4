import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The file store is of another site',
  damages: 'All files; those of somebody else are there instead.',
  drill: 'copy',
  caughtBy: { check: 'audit.files-present', code: 'FILES_MISSING' },
  mayFollow: ['baseline.*', 'audit.*', 'rpo.files'],
  async copy({ files }) {
    for (const name of await files.list('')) {
      await files.write(`elsewhere/${name}`, await files.read(name));
      await files.remove(name);
    }
  },
});
