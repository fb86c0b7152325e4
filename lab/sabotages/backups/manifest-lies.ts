import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The manifest is of another dump',
  damages: 'The hash in the manifest beside the dump.',
  drill: 'backups',
  caughtBy: { check: 'backup.database.hash', code: 'BACKUP_HASH_DIFFERS' },
  backups: ({ change }) =>
    change(
      'db/',
      (key) => key.endsWith('manifest.json'),
      (body) => body.toString().replace(/"sha256": "[0-9a-f]{8}/g, '"sha256": "00000000'),
    ),
});
