import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { create } from 'tar';
import { describe, expect, it } from 'vitest';
import type { FilesBackup } from '../../../src/model/facts.ts';
import { findFilesBackup } from '../../../src/steps/backups/find-files.ts';
import { openBackupStore } from '../../../src/steps/backups/open-stores.ts';
import { restoreFiles } from '../../../src/steps/restore/restore-files.ts';
import { openStepContext, type TestContext } from '../../support/step-context.ts';
import {
  FOLDER,
  putBackups,
  putManifest,
  readRealManifest,
  realBackups,
  whyNoRealBackups,
} from '../backups/real-backups.ts';

describe.skipIf(realBackups === undefined)(`restoring real files (${whyNoRealBackups})`, () => {
  for (const part of ['files', 'files.tar.gz']) {
    it(`brings back every file of ${part}, byte for byte`, async () => {
      await using ctx = await openStepContext();
      await putBackups(ctx, [part]);
      await restore(ctx);
      const { file_store: store } = await readRealManifest();
      const { objects, bytes } = ctx.get('files');
      const directory = directoryOf(ctx);
      expect({ objects, bytes }).toEqual({ objects: store.objects, bytes: store.bytes });
      for (const { key, sha256 } of store.object_list)
        expect(await hashOf(path.join(directory, key)), key).toBe(sha256);
      expect(ctx.checkOf('restore.files-match-backup').verdict).toBe('passed');
      await restoreFiles().undo?.(ctx);
      expect([...ctx.resources]).toEqual([]);
      expect(existsSync(path.join(ctx.directory, 'scratch'))).toBe(false);
    });
  }
});

describe('restoring files', () => {
  it('misses the check when a file is not what its manifest says', async () => {
    await using ctx = await openStepContext();
    const file = await putFile(ctx, '20261120/note.txt', 'as it was');
    await putManifest(ctx, 'files', ['20261120/note.txt']);
    await writeFile(file, 'as it is!');
    await restore(ctx);
    expect(ctx.checkOf('restore.files-match-backup')).toMatchObject({
      verdict: 'missed',
      code: 'FILES_DIFFER',
    });
  });

  it('misses the check when a file of the manifest is gone', async () => {
    await using ctx = await openStepContext();
    await putFile(ctx, '20261120/note.txt', 'here');
    await restore(ctx, { sha256: { 'files/gone.txt': '0'.repeat(64) } });
    expect(ctx.checkOf('restore.files-match-backup').seen).toContain('no longer in the store');
  });

  it('finds the file store inside the folder that an archive wraps it into', async () => {
    await using ctx = await openStepContext();
    await putFile(ctx, 'data/20261120/note.txt', 'wrapped');
    await restore(ctx);
    expect(path.basename(directoryOf(ctx))).toBe('data');
  });

  it('refuses a tar whose names lead out of the scratch', async () => {
    await using ctx = await openStepContext();
    await putFile(ctx, '20261120/note.txt', 'outside');
    const folder = path.join(ctx.directory, 'backups', 'files', FOLDER);
    await mkdir(path.join(ctx.directory, 'backups', 'files', 'tars'), { recursive: true });
    const tar = path.join(ctx.directory, 'backups', 'files', 'tars', 'files.tar');
    await create(
      { file: tar, cwd: path.join(folder, '20261120'), preservePaths: true },
      ['../../escaped.txt', 'note.txt'].slice(1),
    );
    const bytes = await readFile(tar);
    // The name of the first header, and its checksum made good again.
    bytes.write('../../../escaped.txt\0', 0, 'latin1');
    bytes.fill(' ', 148, 156);
    const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    await writeFile(tar, bytes);
    await expect(restore(ctx, { kind: 'tar', key: 'files/tars/files.tar' })).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringContaining('leads out of the scratch') as string,
    });
  });

  it('refuses a tar with links in it', async () => {
    await using ctx = await openStepContext();
    const source = path.join(ctx.directory, 'source');
    await mkdir(source);
    await symlink('/etc/passwd', path.join(source, 'picture.png'));
    await mkdir(path.join(ctx.directory, 'backups', 'files'), { recursive: true });
    await create({ file: path.join(ctx.directory, 'backups', 'files', 'files.tar'), cwd: source }, [
      'picture.png',
    ]);
    await expect(restore(ctx, { kind: 'tar', key: 'files/files.tar' })).rejects.toMatchObject({
      code: 'RESTORE_FAILED',
    });
  });
});

async function restore(ctx: TestContext, overrides: Partial<FilesBackup> = {}): Promise<void> {
  await using store = await openBackupStore(ctx);
  const files = await findFilesBackup(store, {
    files: ctx.config.backups.files,
    outageAt: new Date(),
    signal: ctx.signal,
  });
  ctx.set('backups', {
    database: undefined as never,
    files: { ...(files as FilesBackup), ...overrides },
    configuration: null,
    velero: null,
  });
  ctx.set('scratch', {
    directory: path.join(ctx.directory, 'scratch'),
    databaseDirectory: null,
    address: '127.0.0.1',
    port: 0,
  });
  await restoreFiles().run(ctx);
}

async function putFile(ctx: TestContext, name: string, text: string): Promise<string> {
  const file = path.join(ctx.directory, 'backups', 'files', FOLDER, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

const hashOf = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

function directoryOf(ctx: TestContext): string {
  const files = ctx.get('files');
  return files.kind === 'folder' ? files.directory : '';
}
