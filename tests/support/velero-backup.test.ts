import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReader, type ObjectReader } from '../../src/providers/object-store/index.ts';
import { findVeleroBackups, readClusterSettings, readVeleroBackup } from '../../src/support/velero-backup.ts';
import { readSecretValues } from './velero-secrets.ts';

const REAL = process.env['MUSTER_TEST_BACKUPS'];
const NAME = 'mattermost-daily-20261121231057';

describe.skipIf(REAL === undefined)(
  'a real Velero bucket (skipped unless MUSTER_TEST_BACKUPS names a folder of backups)',
  () => {
    let root: string;
    let store: ObjectReader;
    beforeAll(async () => {
      root = await mkdtemp(path.join(tmpdir(), 'muster-velero-'));
      await cp(path.join(REAL ?? '', 'velero-1.18'), root, { recursive: true, mode: 0 });
      store = await openReader({ kind: 'filesystem', root });
    });
    afterAll(() => rm(root, { recursive: true, force: true }));

    const options = { prefix: 'prod' };

    it('lists its backups, newest first', async () => {
      const found = await findVeleroBackups(store, {
        ...options,
        schedule: 'mattermost-daily',
        namespace: 'mattermost',
      });
      expect(found.map(({ name }) => name)).toEqual([NAME, 'mattermost-daily-20261121231054']);
      expect(found[0]).toEqual({
        name: NAME,
        phase: 'Completed',
        problem: null,
        schedule: 'mattermost-daily',
        namespaces: ['mattermost'],
        excludedNamespaces: [],
        startedAt: '2026-11-21T23:10:57Z',
        clusterVersion: 'v1.36.3',
        completedAt: '2026-11-21T23:10:57Z',
        expiresAt: '2036-11-18T23:10:57Z',
        itemsBackedUp: 29,
        itemsTotal: 29,
        errors: 0,
        warnings: 0,
      });
    });

    it.each([{ schedule: 'weekly' }, { namespace: 'elsewhere' }, { prefix: 'dev' }])(
      'finds none for %j',
      async (filter) => {
        expect(await findVeleroBackups(store, { ...options, ...filter })).toEqual([]);
      },
    );

    it('reads a tarball to its end, and finds every listed object in it', async () => {
      const { tarball, objects, agreement } = await readVeleroBackup(store, NAME, options);
      expect(tarball).toMatchObject({ formatVersion: '1.1.0', size: 13_613 });
      expect(objects).toHaveLength(29);
      expect(objects).toContain('installation.mattermost.com/v1beta1/Mattermost mattermost/chat');
      expect(agreement).toEqual({ missing: [], unlisted: [] });
    });

    it('finds no claim of a volume in it, as its files are in a bucket', async () => {
      expect((await readVeleroBackup(store, NAME, options)).volumes).toEqual([]);
    });

    it('tells what the site is, and no secret', async () => {
      const settings = await readClusterSettings(store, NAME, { ...options, namespace: 'mattermost' });
      expect(settings).toMatchObject({
        namespace: 'mattermost',
        name: 'chat',
        apiVersion: 'installation.mattermost.com/v1beta1',
        image: 'mattermost/mattermost-team-edition',
        version: '11.6.0',
        replicas: 2,
        asksFor: '2 × 2 CPU and 4Gi',
        siteUrl: 'https://chat.ops.example',
        ingressHosts: ['chat.ops.example'],
        databaseSecret: 'mm-database',
        fileStoreSecret: 'mm-filestore',
        secrets: { 'mm-database': ['DB_CONNECTION_STRING', 'MM_SQLSETTINGS_DATASOURCEREPLICAS'] },
        fileStore: { url: 's3.eu-central-1.amazonaws.com', bucket: 'mattermost-files-prod' },
      });
      expect(settings.environment['MM_GITLABSETTINGS_ENABLE']).toBe('true');
      expect(settings.addresses).toEqual([
        'aurora-ro.production.example',
        'aurora.production.example',
        'chat.ops.example',
        'ldap.production.example',
        'push.mattermost.com',
        'runbooks.production.example',
        's3.eu-central-1.amazonaws.com',
        'smtp.production.example',
        'sso.production.example',
      ]);
      expect(settings.addressSources['aurora.production.example']).toEqual([
        'Secret mm-database DB_CONNECTION_STRING',
      ]);
      const secrets = await readSecretValues(store, `prod/backups/${NAME}/${NAME}.tar.gz`);
      expect(secrets.map(({ secret, key }) => `${secret} ${key}`)).toContain('mm-filestore secretkey');
      for (const { value } of secrets) expect(JSON.stringify(settings)).not.toContain(value);
    });

    it('rejects a backup that does not exist with BACKUP_MISSING', async () => {
      await expect(readVeleroBackup(store, 'nope', options)).rejects.toMatchObject({
        code: 'BACKUP_MISSING',
      });
    });

    describe('when it is damaged', () => {
      let copies = 0;
      const folder = (prefix: string) => path.join(root, prefix, 'backups', NAME);

      it.each<[string, RegExp, (tarball: string) => Promise<void>]>([
        ['truncated', /is truncated: it ends after 9000 bytes/, (tarball) => truncate(tarball, 9_000)],
        ['emptied', /is empty/, (tarball) => truncate(tarball, 0)],
        [
          'no gzip file',
          /is not a gzip file/,
          (tarball) => writeFile(tarball, 'PK and more of another format'),
        ],
        [
          'flipped in the middle',
          /garbled|not a whole tar/,
          (tarball) => edit(tarball, (body) => flip(body, 6_000)),
        ],
        [
          'flipped in the checksum',
          /garbled after \d+ unpacked bytes: incorrect data check/,
          (tarball) => edit(tarball, (body) => flip(body, body.length - 6)),
        ],
        [
          'cut before it was packed',
          /without tar's end marker|Truncated|not a whole tar/,
          (tarball) => repack(tarball, (tar) => tar.subarray(0, 100_000)),
        ],
        [
          'cut between two entries',
          /without tar's end marker/,
          (tarball) => repack(tarball, withoutEndMarker),
        ],
        [
          'garbled before it was packed',
          /not a whole tar archive near unpacked byte \d+: checksum failure/,
          (tarball) => repack(tarball, (tar) => flip(tar, 1_024 + 20)),
        ],
      ])('rejects a tarball that was %s', async (_, message, damage) => {
        const prefix = await copy();
        await damage(path.join(folder(prefix), `${NAME}.tar.gz`));
        await expect(readVeleroBackup(store, NAME, { prefix })).rejects.toMatchObject({
          code: 'BACKUP_UNREADABLE',
          message: expect.stringMatching(message),
        });
        expect((await findVeleroBackups(store, { prefix }))[0]?.phase).toBe('Completed');
      });

      it('rejects a tarball that was deleted with BACKUP_MISSING', async () => {
        const prefix = await copy();
        await rm(path.join(folder(prefix), `${NAME}.tar.gz`));
        await expect(readVeleroBackup(store, NAME, { prefix })).rejects.toMatchObject({
          code: 'BACKUP_MISSING',
        });
      });

      it('notices objects that Velero listed and the tarball does not hold', async () => {
        const prefix = await copy();
        await rename(prefix, 'mm-extra-config', 'mm-other-config');
        expect((await readVeleroBackup(store, NAME, { prefix })).agreement).toEqual({
          missing: ['v1/ConfigMap mattermost/mm-extra-config'],
          unlisted: ['v1/ConfigMap mattermost/mm-other-config'],
        });
      });

      it('claims no agreement where there is no list to agree with', async () => {
        const prefix = await copy();
        await rm(path.join(folder(prefix), `${NAME}-resource-list.json.gz`));
        expect((await readVeleroBackup(store, NAME, { prefix })).agreement).toBeUndefined();
      });

      it('knows nothing of volumes where Velero left no record of them', async () => {
        const prefix = await copy();
        await rm(path.join(folder(prefix), `${NAME}-volumeinfo.json.gz`));
        expect((await readVeleroBackup(store, NAME, { prefix })).volumes).toBeUndefined();
      });

      it('rejects settings from a tarball without a Mattermost resource', async () => {
        const prefix = await copy();
        await rename(prefix, '"kind":"Mattermost","metadata"', '"kind":"Mattermust","metadata"');
        await expect(readClusterSettings(store, NAME, { prefix })).rejects.toMatchObject({
          code: 'BACKUP_UNREADABLE',
          message: expect.stringContaining('holds no Mattermost resource'),
        });
      });

      it('reads the older resource of the operator as well', async () => {
        const prefix = await copy();
        await rename(
          prefix,
          '"installation.mattermost.com/v1beta1","kind":"Mattermost"',
          '"mattermost.com/v1alpha1","kind":"ClusterInstallation"      ',
        );
        const settings = await readClusterSettings(store, NAME, { prefix });
        expect(settings).toMatchObject({ apiVersion: 'mattermost.com/v1alpha1', version: '11.6.0' });
      });

      it('does not count a backup that leaves the namespace out', async () => {
        const prefix = await copy();
        await edit(path.join(folder(prefix), 'velero-backup.json'), (body) => {
          const all = '"includedNamespaces": ["*"], "excludedNamespaces": ["mattermost"]';
          return Buffer.from(body.toString().replace(/"includedNamespaces": \[[^\]]*\]/, all));
        });
        const namesFor = async (namespace: string) =>
          (await findVeleroBackups(store, { prefix, namespace })).map(({ name }) => name);
        expect(await namesFor('mattermost')).toEqual(['mattermost-daily-20261121231054']);
        expect(await namesFor('other')).toEqual([NAME]);
      });

      it.each([
        ['garbled', (record: string) => writeFile(record, '{"kind": "Back')],
        ['deleted', (record: string) => rm(record)],
        [
          'the record of another backup',
          (record: string) => writeFile(record, '{"kind":"Backup","metadata":{"name":"x"}}'),
        ],
      ])('keeps a backup whose record is %s in the list, as unreadable', async (_, damage) => {
        const prefix = await copy();
        await damage(path.join(folder(prefix), 'velero-backup.json'));
        const found = await findVeleroBackups(store, { prefix, schedule: 'mattermost-daily' });
        expect(found.map(({ phase }) => phase).toSorted()).toEqual(['Completed', 'Unreadable']);
        expect(found.find(({ phase }) => phase === 'Unreadable')?.problem).toContain('velero-backup.json');
      });

      async function copy(): Promise<string> {
        const prefix = `copy-${++copies}`;
        await cp(path.join(root, 'prod'), path.join(root, prefix), { recursive: true });
        return prefix;
      }

      /** Both texts have the same length, so that the tar stays whole. */
      async function rename(prefix: string, from: string, to: string): Promise<void> {
        await repack(path.join(folder(prefix), `${NAME}.tar.gz`), (tar) => {
          let body = tar.toString('latin1').replaceAll(from, to.slice(0, from.length).padEnd(from.length));
          if (from.startsWith('mm-')) body = fixHeaders(body);
          return Buffer.from(body, 'latin1');
        });
      }
    });
  },
);

async function edit(file: string, change: (body: Buffer) => Buffer): Promise<void> {
  await writeFile(file, change(await readFile(file)));
}

const repack = (file: string, change: (tar: Buffer) => Buffer) =>
  edit(file, (body) => gzipSync(change(gunzipSync(body))));

function flip(body: Buffer, at: number): Buffer {
  const flipped = Buffer.from(body);
  for (let n = at; n < at + 4; n++) flipped[n] = (flipped[n] ?? 0) ^ 0x5a;
  return flipped;
}

function withoutEndMarker(tar: Buffer): Buffer {
  let end = tar.length;
  while (end >= 512 && tar.subarray(end - 512, end).every((byte) => byte === 0)) end -= 512;
  return tar.subarray(0, end);
}

/** A tar header holds the sum of its own bytes (POSIX.1-2001, pax, "ustar Interchange Format"). */
function fixHeaders(tar: string): string {
  const body = Buffer.from(tar, 'latin1');
  for (let at = 0; at + 512 <= body.length; at += 512) {
    const header = body.subarray(at, at + 512);
    if (header.toString('latin1', 257, 262) !== 'ustar') continue;
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
  return body.toString('latin1');
}
