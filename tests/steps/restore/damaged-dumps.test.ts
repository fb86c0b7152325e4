import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { backupsAreFresh } from '../../../src/steps/preflight/backups-are-fresh.ts';
import { restoreDatabase } from '../../../src/steps/restore/restore-database.ts';
import { openStepContext } from '../../support/step-context.ts';
import { putBackups, putDump, readReal, realBackups, whyNoRealBackups } from '../backups/real-backups.ts';

/** Preflight finds these before; a drill without it must not call the tool or the ground broken either. */
describe.skipIf(realBackups === undefined)(`restoring a damaged dump (${whyNoRealBackups})`, () => {
  for (const [what, name, damage] of [
    ['a truncated custom dump', 'mattermost.dump', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['a truncated plain dump in gzip', 'mattermost.sql.gz', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['a plain dump without its end', 'mattermost.sql', (bytes) => gunzipSync(bytes).subarray(0, -300)],
    [
      'a plain dump with a row that does not fit',
      'mattermost.sql',
      (bytes) =>
        Buffer.from(
          gunzipSync(bytes)
            .toString('latin1')
            .replace(/(COPY public\.users .*\n)/, '$1one cell\n'),
          'latin1',
        ),
    ],
  ] satisfies [string, string, (bytes: Buffer) => Buffer][]) {
    it(`blames the backup and leaves nothing: ${what}`, { timeout: 120_000 }, async () => {
      await using ctx = await openStepContext({ outageAt: new Date('2026-11-21T18:00:00Z') });
      const directory = path.join(ctx.directory, 'scratch');
      ctx.set('scratch', {
        directory,
        databaseDirectory: path.join(directory, 'database'),
        address: '127.0.0.1',
        port: 0,
      });
      await putBackups(ctx, ['files.tar.gz']);
      await putDump(
        ctx,
        name,
        damage(await readReal(name === 'mattermost.sql' ? 'mattermost.sql.gz' : name)),
      );
      await backupsAreFresh().run(ctx);
      const step = restoreDatabase();
      await expect(step.run(ctx)).rejects.toMatchObject({ code: 'RESTORE_FAILED' });
      await step.undo?.(ctx);
      expect([...ctx.resources]).toEqual([]);
    });
  }
});
