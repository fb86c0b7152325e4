import path from 'node:path';
import { mountDisk } from '../../small-disk.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The disk of the scratch is too small',
  damages: 'The scratch, which lies on a disk of 64 MiB.',
  drill: 'restore',
  caughtBy: { error: 'DISK_TOO_SMALL' },
  async settings(config, { workFolder, afterwards }) {
    const disk = await mountDisk(path.join(workFolder, 'disk'), '64m');
    if (!disk) throw new TypeError('mounting a small disk takes root');
    afterwards(async () => disk[Symbol.asyncDispose]());
    return { ...config, scratch: { ...config.scratch, directory: path.join(disk.path, 'scratch') } };
  },
});
