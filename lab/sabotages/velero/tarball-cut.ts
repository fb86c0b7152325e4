import { cutInHalf } from '../damage-dump.ts';
import { isTarball } from '../damage-velero.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Velero’s tarball is cut off',
  damages: 'The second half of the tarball.',
  drill: 'backups',
  caughtBy: { check: 'backup.velero.tarball', code: 'BACKUP_UNREADABLE' },
  mayFollow: ['backup.velero.mattermost'],
  async backups({ list, read, write }) {
    for (const key of (await list('velero/')).filter((name) => isTarball(name)))
      await write(key, cutInHalf(await read(key)));
  },
});
