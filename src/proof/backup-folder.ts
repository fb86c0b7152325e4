import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { dumpDatabase } from '../../lab/backups/dump-database.ts';
import { takenWith } from '../../lab/sabotages/damage-dump.ts';
import type { BackupFolder, LabGround } from '../../lab/sabotages/sabotage.ts';
import { withClient } from '../providers/database/target.ts';
import { cloneDatabase, dropDatabase, onServer } from './clone-database.ts';
import { linkedFolder } from './copy-files.ts';
import type { OpenGround } from './ground.ts';

/** The backups and the archive below a folder, which share their bytes with the ground's, as a sabotage is given them. */
export function backupFolder(ground: OpenGround, root: string, on: LabGround): BackupFolder {
  const files = linkedFolder(path.join(root, 'backups'));
  const newestDump = async () => {
    const key = (await files.list('db/')).findLast((name) => name.endsWith('.dump'));
    if (key === undefined) throw new TypeError('the lab takes its dump in custom format');
    return key;
  };
  const replaceDump = async (key: string, dump: Buffer) => {
    await files.write(key, dump);
    const manifestKey = path.join(path.dirname(key), 'manifest.json');
    const manifest = JSON.parse((await files.read(manifestKey)).toString()) as {
      files: { path: string; size: number; sha256: string }[];
    };
    for (const file of manifest.files.filter(({ path: name }) => name === path.basename(key))) {
      file.size = dump.length;
      file.sha256 = createHash('sha256').update(dump).digest('hex');
    }
    await files.write(manifestKey, JSON.stringify(manifest, null, 2));
  };
  return {
    ...on,
    ...files,
    archive: linkedFolder(path.join(root, 'archive')),
    async changeDump(change) {
      const key = await newestDump();
      await replaceDump(key, change(await files.read(key)));
    },
    async dumpAfter(change) {
      const { cluster } = ground;
      const name = `damaged_${path.basename(path.dirname(root))}`;
      try {
        await cloneDatabase(ground, name);
        const damaged = onServer(cluster, name);
        await withClient(damaged, (client) =>
          change({ query: async (sql, values) => (await client.query(sql, values && [...values])).rows }),
        );
        const file = await dumpDatabase(damaged, {
          format: 'custom',
          compression: 'gzip',
          folder: on.workFolder,
        });
        const key = await newestDump();
        // By its header it was taken when the one was that it takes the place of: before the outage.
        const dump = await readFile(path.join(on.workFolder, file));
        await replaceDump(key, takenWith(dump, await files.read(key)));
      } finally {
        await dropDatabase(ground, name);
      }
    },
  };
}
