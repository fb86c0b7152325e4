import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openApplication } from '../../src/providers/application/index.ts';
import { fetchArchive } from '../../src/providers/application/fetch-archive.ts';
import { unpack } from '../../src/providers/application/unpack.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-archive-'));
});
afterEach(() => rm(directory, { recursive: true }));

const prepared = async (archive: string, sha256?: string) => {
  const application = await openApplication({ kind: 'tarball', archive, ...(sha256 && { sha256 }) });
  return application.prepare({ directory: path.join(directory, 'scratch'), ...QUIETLY });
};
const QUIETLY = { signal: new AbortController().signal, progress: () => {} };

describe('an official archive', () => {
  it('tells its migrations in order', async () => {
    const { migrations } = await prepared(await archive());
    expect(migrations).toEqual([
      { version: 1, name: 'create_teams' },
      { version: 159, name: 'last_one' },
    ]);
  });

  it('is started as `bin/mattermost server`, with nothing secret in its arguments', async () => {
    const { command, args, env } = (await prepared(await archive())).launch({ MM_LICENSE: 'a-licence' });
    expect([command, ...args].slice(-2)).toEqual([
      expect.stringMatching(/mattermost\/bin\/mattermost$/),
      'server',
    ]);
    expect(args.join(' ')).not.toContain('a-licence');
    expect(env).toMatchObject({ MM_LICENSE: 'a-licence' });
  });

  it('is started as somebody else than root', async () => {
    const { command, args } = (await prepared(await archive())).launch({});
    if (process.getuid?.() === 0) {
      expect(path.basename(command)).toBe('setpriv');
      expect(args).toContain('--clear-groups');
      expect(args).not.toContain('--reuid=0');
    } else expect(path.basename(command)).toBe('mattermost');
  });

  it('keeps its modes, and belongs to whoever runs it', async () => {
    const { own } = await prepared(await archive());
    const root = path.join(directory, 'scratch', 'mattermost');
    expect((await stat(path.join(root, 'bin', 'mattermost'))).mode & 0o111).not.toBe(0);
    // The folder that mkdtemp made is open to its owner alone: the server could not reach it.
    if (process.getuid?.() === 0) await expect(own([root])).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    else await own([root]);
  });

  it('is taken when its hash is the wanted one, and not even looked into when it is another', async () => {
    const file = await archive();
    const sha256 = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    await expect(prepared(file, sha256)).resolves.toBeDefined();
    await rm(path.join(directory, 'scratch'), { recursive: true });
    await expect(prepared(file, '0'.repeat(64))).rejects.toMatchObject({ code: 'BACKUP_UNREADABLE' });
    expect(await readdir(path.join(directory, 'scratch'))).toEqual([]);
  });

  it('that is not there is a mistake in the configuration', async () => {
    await expect(prepared(path.join(directory, 'nowhere.tar.gz'))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  it.each<[string, (file: string) => Promise<unknown>]>([
    ['cut off', async (file) => writeFile(file, (await readFile(file)).subarray(0, 200))],
    ['no archive', (file) => writeFile(file, 'not a tar')],
    [
      'of something else',
      async (file) => create({ cwd: await folder({ 'readme.txt': 'x' }), gzip: true, file }, ['readme.txt']),
    ],
  ])('that is %s is refused', async (_what, spoil) => {
    const file = await archive();
    await spoil(file);
    await expect(prepared(file)).rejects.toMatchObject({ code: 'BACKUP_UNREADABLE' });
  });
});

describe('an archive by URL', () => {
  it('is downloaded and checked, and not kept when its hash is wrong', async () => {
    const body = await readFile(await archive());
    const server = http.createServer((_request, response) => response.end(body)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}/mattermost.tar.gz`;
    const into = { directory: await folder({}), ...QUIETLY };
    const sha256 = createHash('sha256').update(body).digest('hex');
    const { file, isTemporary } = await fetchArchive({ archive: url, sha256 }, into);
    expect(isTemporary).toBe(true);
    expect((await readFile(file)).equals(body)).toBe(true);
    await expect(fetchArchive({ archive: url, sha256: '0'.repeat(64) }, into)).rejects.toMatchObject({
      code: 'BACKUP_UNREADABLE',
    });
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(fetchArchive({ archive: url }, into)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    server.close();
  });
});

describe('unpacking', () => {
  it.each<[string, () => Promise<string>]>([
    ['a path that climbs out', () => forged('mattermost/../../escaped')],
    ['an absolute path', () => forged('/tmp/muster-escaped')],
    [
      'a link that leads out',
      async () => {
        const root = await folder({});
        await symlink('../../../etc', path.join(root, 'mattermost'));
        return packed(root);
      },
    ],
  ])('refuses %s', async (_what, make) => {
    const file = await make();
    const into = await folder({});
    await expect(unpack(file, into)).rejects.toMatchObject({
      code: 'BACKUP_UNREADABLE',
      message: expect.stringContaining('outside'),
    });
    await expect(stat(path.join(into, '..', 'escaped'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('takes a link that stays inside', async () => {
    const root = await folder({ 'mattermost/client/a.js': 'x' });
    await symlink('a.js', path.join(root, 'mattermost/client/b.js'));
    const into = await folder({});
    await unpack(await packed(root), into);
    expect(await readFile(path.join(into, 'mattermost/client/b.js'), 'utf8')).toBe('x');
  });

  /** tar itself will not write such a path, so a harmless one is overwritten in the header. */
  async function forged(name: string): Promise<string> {
    const placeholder = 'm'.repeat(name.length);
    const root = await folder({ [placeholder]: 'x' });
    const file = path.join(root, 'forged.tar');
    await create({ cwd: root, file, portable: true }, [placeholder]);
    const bytes = await readFile(file);
    bytes.write(name, 0, 'latin1');
    bytes.write(' '.repeat(8), 148, 'latin1');
    const sum = bytes.subarray(0, 512).reduce((a, b) => a + b, 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    await writeFile(file, bytes);
    return file;
  }
});

async function archive(): Promise<string> {
  const root = await folder({
    'mattermost/bin/mattermost': '#!/bin/sh\nexit 0\n',
    'mattermost/client/root.html': '<html></html>',
    'mattermost/config/config.json': '{}',
    'mattermost/db/migrations/postgres/000159_last_one.up.sql': '',
    'mattermost/db/migrations/postgres/000001_create_teams.up.sql': '',
    'mattermost/db/migrations/postgres/000001_create_teams.down.sql': '',
  });
  return packed(root);
}

async function packed(root: string): Promise<string> {
  const file = `${root}.tar.gz`;
  await create({ cwd: root, gzip: true, file }, ['mattermost']);
  return file;
}

async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(path.join(directory, 'folder-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), content, { mode: name.includes('/bin/') ? 0o755 : 0o644 });
  }
  return root;
}
