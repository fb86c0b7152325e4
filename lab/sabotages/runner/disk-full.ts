import { execa } from 'execa';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The disk of the scratch is too small',
  damages: 'The scratch, which lies on a disk of 64 MiB.',
  drill: 'restore',
  caughtBy: { error: 'DISK_TOO_SMALL' },
  async settings(config, { workFolder, afterwards }) {
    const disk = path.join(workFolder, 'disk');
    await mkdir(disk);
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk]);
    afterwards(async () => void (await execa('umount', [disk])));
    return { ...config, scratch: { ...config.scratch, directory: path.join(disk, 'scratch') } };
  },
});
