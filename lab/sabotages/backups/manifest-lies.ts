import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The manifest is of another dump',
  damages: 'The hash in the manifest beside the dump.',
  drill: 'backups',
  caughtBy: { check: 'backup.database.hash', code: 'BACKUP_HASH_DIFFERS' },
  async backups({ list, read, write }) {
    for (const key of (await list('db/')).filter((name) => name.endsWith('manifest.json')))
      await write(
        key,
        (await read(key)).toString().replace(/"sha256": "[0-9a-f]{8}/g, '"sha256": "00000000'),
      );
  },
});
