import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReader, openWriter } from '../../src/providers/object-store/index.ts';
import { itReadsLikeAnObjectStore, keysUnder, SEEDS } from '../contracts/object-store.contract.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'muster-folder-'));
  for (const [key, body] of SEEDS) await put(`prod/${key}`, body);
  await put('prod2/stranger', Buffer.from('not ours'));
});

afterAll(() => rm(root, { recursive: true, force: true }));

const open = () => openReader({ kind: 'filesystem', root, prefix: 'prod' });

describe('a folder', () => {
  itReadsLikeAnObjectStore({
    open,
    openGone: () => openReader({ kind: 'filesystem', root: path.join(root, 'not-mounted') }),
    openMissing: () => openReader({ kind: 'filesystem', root, prefix: 'no-such-folder' }),
  });

  it.each(['../prod2/stranger', 'db/../../prod2/stranger', '/etc/hostname', 'db/\0'])(
    'refuses the key %j',
    async (key) => {
      await using store = await open();
      await expect(store.stat(key)).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
      await expect(store.open(key)).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
    },
  );

  it('refuses to follow a link out of the folder, and does not list it', async () => {
    await mkdir(path.join(root, 'linked'), { recursive: true });
    await symlink(path.join(root, 'prod2'), path.join(root, 'linked/folder'));
    await symlink(path.join(root, 'prod2/stranger'), path.join(root, 'linked/file'));
    await using store = await openReader({ kind: 'filesystem', root, prefix: 'linked' });
    expect(await keysUnder(store, '')).toEqual([]);
    for (const key of ['file', 'folder/stranger']) {
      await expect(store.open(key)).rejects.toMatchObject({ code: 'STORE_UNREADABLE' });
    }
  });

  it('reads through a root that is a link itself', async () => {
    await symlink(path.join(root, 'prod'), path.join(root, 'current'));
    await using store = await openReader({ kind: 'filesystem', root: path.join(root, 'current') });
    expect(await text(await store.open('db/1.dump'))).toBe('one');
    expect(await keysUnder(store, 'db/')).toEqual(['db/1.dump', 'db/2.dump']);
  });
});

describe('the archive in a folder', () => {
  it('writes a body once, and refuses to write it again', async () => {
    await using writer = await openWriter({ kind: 'filesystem', root, prefix: 'archive' });
    await writer.put('run/summary.json', Buffer.from('{}'), { contentType: 'application/json' });
    await expect(
      writer.put('run/summary.json', Buffer.from('{"forged":true}'), { contentType: 'application/json' }),
    ).rejects.toMatchObject({ code: 'REPORT_FAILED' });
    await using reader = await openReader({ kind: 'filesystem', root, prefix: 'archive' });
    expect(await text(await reader.open('run/summary.json'))).toBe('{}');
  });

  it('refuses to write outside its folder', async () => {
    await using writer = await openWriter({ kind: 'filesystem', root, prefix: 'archive' });
    await expect(
      writer.put('../prod/db/1.dump', Buffer.from('x'), { contentType: 'text/plain' }),
    ).rejects.toMatchObject({
      code: 'STORE_UNREADABLE',
    });
  });
});

async function put(key: string, body: Buffer): Promise<void> {
  await mkdir(path.join(root, path.dirname(key)), { recursive: true });
  await writeFile(path.join(root, key), body);
}
