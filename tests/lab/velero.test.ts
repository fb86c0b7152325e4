import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Parser } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterSite } from '../../lab/velero/site.ts';
import { writeVeleroBackup, type VeleroBackupOptions } from '../../lab/velero/write-backup.ts';
import { openReader, openWriter, type ObjectReader } from '../../src/providers/object-store/index.ts';
import { hours } from '../../src/model/duration.ts';
import { findVeleroBackups, readClusterSettings, readVeleroBackup } from '../../src/support/velero-backup.ts';
import { readSecretValues } from '../support/velero-secrets.ts';

const SITE: ClusterSite = {
  siteUrl: 'https://chat.lab.example',
  image: 'mattermost/mattermost-enterprise-edition',
  version: '11.6.0',
  environment: {
    MM_GITLABSETTINGS_ENABLE: 'true',
    MM_GITLABSETTINGS_AUTHENDPOINT: 'https://sso.lab.example/auth',
    MM_EMAILSETTINGS_SMTPSERVER: 'smtp.lab.example',
    MM_GITLABSETTINGS_SECRET: 'never-shown',
  },
  dataSource: 'postgres://mmuser:hunter22@db.lab.example:5432/mattermost?sslmode=disable',
  replicaDataSource: 'postgres://mmuser:hunter22@db-ro.lab.example:5432/mattermost',
  fileStore: {
    url: 's3.lab.example',
    bucket: 'mm-files',
    accessKeyId: 'LABKEY',
    secretAccessKey: 'lab-secret-key',
  },
  licence: 'a licence',
  tls: { certificate: '-----BEGIN CERTIFICATE-----', key: '-----BEGIN PRIVATE KEY-----' },
  configMap: { runbook: 'https://runbooks.lab.example/mattermost', smtp: 'smtp.lab.example:587' },
};
const TAKEN_AT = new Date('2026-11-21T23:10:57Z');
const NAME = 'mattermost-daily-20261121231057';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'muster-lab-velero-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function write(folder: string, changes: Partial<VeleroBackupOptions> = {}): Promise<ObjectReader> {
  const store = { kind: 'filesystem', root: path.join(root, folder) } as const;
  await using writer = await openWriter(store);
  await writeVeleroBackup({
    store: writer,
    prefix: 'prod',
    site: SITE,
    takenAt: TAKEN_AT,
    ttl: hours(72),
    ...changes,
  });
  return openReader(store);
}

describe("the lab's Velero backup", () => {
  it('is found, read to its end, and agrees with its own list', async () => {
    const store = await write('whole');
    const [found] = await findVeleroBackups(store, {
      prefix: 'prod',
      schedule: 'mattermost-daily',
      namespace: 'mattermost',
    });
    expect(found).toMatchObject({
      name: NAME,
      phase: 'Completed',
      expiresAt: '2026-11-24T23:10:57Z',
      itemsBackedUp: 19,
      itemsTotal: 19,
    });
    const { objects, agreement } = await readVeleroBackup(store, NAME, { prefix: 'prod' });
    expect(objects).toHaveLength(19);
    expect(agreement).toEqual({ missing: [], unlisted: [] });
  });

  it('tells the site and every address, and no secret', async () => {
    const store = await write('settings');
    const settings = await readClusterSettings(store, NAME, { prefix: 'prod' });
    expect(settings).toMatchObject({
      siteUrl: 'https://chat.lab.example',
      version: '11.6.0',
      licenseSecret: 'mm-license',
      secretEnvironment: ['MM_GITLABSETTINGS_SECRET'],
    });
    const hosts = ['chat', 'db', 'db-ro', 'runbooks', 's3', 'smtp', 'sso'];
    expect(settings.addresses).toEqual(hosts.map((host) => `${host}.lab.example`).toSorted());
    const secrets = await readSecretValues(store, `prod/backups/${NAME}/${NAME}.tar.gz`);
    expect(secrets.map(({ key }) => key)).toContain('DB_CONNECTION_STRING');
    for (const value of ['never-shown', ...secrets.map((secret) => secret.value)])
      expect(JSON.stringify(settings)).not.toContain(value);
  });

  it('is the same bytes each time', async () => {
    await write('once');
    await write('twice');
    const read = (folder: string) =>
      readFile(path.join(root, folder, 'prod/backups', NAME, `${NAME}.tar.gz`));
    expect((await read('once')).equals(await read('twice'))).toBe(true);
  });

  it.each(['PartiallyFailed', 'Failed', 'InProgress'] as const)('can be one that is %s', async (phase) => {
    const store = await write(phase, { phase });
    expect(await findVeleroBackups(store, { prefix: 'prod' })).toMatchObject([
      { phase, itemsBackedUp: 18, itemsTotal: 19 },
    ]);
  });

  it('can lack what its list promises', async () => {
    const store = await write('altered', {
      alter: (objects) => objects.filter(({ object }) => object.kind !== 'Mattermost'),
    });
    const { agreement } = await readVeleroBackup(store, NAME, { prefix: 'prod' });
    expect(agreement?.missing).toEqual(['installation.mattermost.com/v1beta1/Mattermost mattermost/chat']);
    await expect(readClusterSettings(store, NAME, { prefix: 'prod' })).rejects.toMatchObject({
      code: 'BACKUP_UNREADABLE',
    });
  });
});

/** In real backups, and not in the lab's. */
const LEFT_OUT = {
  Endpoints: 'derived by a controller from running pods',
  EndpointSlice: 'derived by a controller from running pods',
  Event: 'what controllers said while they worked; expires by itself',
  Pod: 'derived by a controller from the Deployment',
  ReplicaSet: 'derived by a controller from the Deployment',
};

/** Keys that differ though the kind is in both. */
const DIFFERENT: Record<string, string> = {
  'ConfigMap .metadata.annotations': 'of kube-root-ca.crt, which a controller puts into each namespace',
  'CronJob .spec.jobTemplate.spec.template.spec.serviceAccount':
    "the lab's dump runs as the account with a role",
  'CronJob .spec.jobTemplate.spec.template.spec.serviceAccountName': 'the same by its newer name',
  'Mattermost .spec.licenseSecret': "the lab's site has a licence, the real one is Team Edition",
};

/** Made by hand for the real one, which no operator looked after: there is more to them in the lab. */
const OWNED = ['Deployment', 'Ingress', 'PodDisruptionBudget', 'Service', 'ServiceAccount'];

const REAL = process.env['MUSTER_TEST_BACKUPS'];
describe.skipIf(REAL === undefined)(
  'beside a real one (skipped unless MUSTER_TEST_BACKUPS names a folder of backups)',
  () => {
    let lab: Backup;
    let real: Backup;
    beforeAll(async () => {
      lab = await load(await write('beside'));
      real = await load(await openReader({ kind: 'filesystem', root: path.join(REAL ?? '', 'velero-1.18') }));
    });

    it('has files of the same names, packed by gzip where they say so', () => {
      expect([...lab.files.keys()].toSorted()).toEqual([...real.files.keys()].toSorted());
      for (const [name, body] of lab.files) {
        if (name.endsWith('.gz'))
          expect([...body.subarray(0, 10)]).toEqual([...(real.files.get(name)?.subarray(0, 10) ?? [])]);
      }
    });

    it('has a record of the same structure', () => {
      expect(keyPaths(lab.record)).toEqual(keyPaths(real.record));
    });

    it('says the same in the files that hold nothing of the site', () => {
      for (const file of [
        'results.gz',
        'itemoperations.json.gz',
        'volumeinfo.json.gz',
        'podvolumebackups.json.gz',
        'volumesnapshots.json.gz',
      ]) {
        const text = (backup: Backup) => gunzipSync(backup.files.get(`${NAME}-${file}`) ?? '').toString();
        expect(text(lab)).toBe(text(real));
      }
    });

    it('has the same entries in its tarball, but for what nobody derives', () => {
      const missing = [...real.kinds.keys()].filter((kind) => !lab.kinds.has(kind));
      expect(missing.toSorted()).toEqual(Object.keys(LEFT_OUT).toSorted());
      expect([...lab.kinds.keys()].filter((kind) => !real.kinds.has(kind))).toEqual([]);
      const known = new Set(real.entries.map(({ pattern }) => pattern));
      expect(lab.entries.map(({ pattern }) => pattern).filter((pattern) => !known.has(pattern))).toEqual([]);
      expect(lab.entries[0]).toEqual(real.entries[0]);
      for (const { attributes } of lab.entries) expect(attributes).toEqual(real.entries[0]?.attributes);
    });

    it('has objects of the same structure, kind by kind', () => {
      const differences: string[] = [];
      for (const [kind, objects] of lab.kinds) {
        const [here, there] = [objects, real.kinds.get(kind) ?? []].map(
          (all) => new Set(all.flatMap((object) => keyPaths(object))),
        );
        for (const key of here ?? [])
          if (!there?.has(key) && !OWNED.includes(kind)) differences.push(`${kind} ${key}`);
        for (const key of there ?? []) if (!here?.has(key)) differences.push(`${kind} ${key}`);
      }
      expect(differences.toSorted()).toEqual(Object.keys(DIFFERENT).toSorted());
    });

    it('keeps the keys of each object in order, as Velero does', () => {
      for (const objects of lab.kinds.values()) {
        for (const object of objects) expect(Object.keys(object)).toEqual(Object.keys(object).toSorted());
      }
    });
  },
);

interface Backup {
  readonly files: Map<string, Buffer>;
  readonly record: object;
  readonly entries: readonly { pattern: string; attributes: string }[];
  readonly kinds: Map<string, object[]>;
}

async function load(store: ObjectReader): Promise<Backup> {
  const files = new Map<string, Buffer>();
  for await (const { key } of store.list(`prod/backups/${NAME}/`)) {
    files.set(key.split('/').at(-1) ?? '', await readAll(await store.open(key)));
  }
  const entries: { pattern: string; attributes: string }[] = [];
  const kinds = new Map<string, object[]>();
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      const { mode, uid, gid, uname, gname, type } = entry;
      entries.push({
        pattern: entry.path.replace(/[^/]+\.json$/, 'NAME.json'),
        attributes: JSON.stringify({ mode, uid, gid, uname, gname, type }),
      });
      void entry.concat().then((body) => {
        if (!entry.path.endsWith('.json')) return;
        const object = JSON.parse(body.toString()) as { kind: string };
        kinds.set(object.kind, [...(kinds.get(object.kind) ?? []), object]);
      });
    },
  });
  const ended = new Promise((resolve) => parser.on('end', resolve));
  parser.end(gunzipSync(files.get(`${NAME}.tar.gz`) ?? ''));
  await ended;
  return { files, record: JSON.parse(String(files.get('velero-backup.json'))) as object, entries, kinds };
}

async function readAll(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Paths of all keys, arrays as one; not below the keys that people choose or that the API server keeps books in. */
function keyPaths(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((held) => keyPaths(held, `${at}[]`)))];
  if (typeof value !== 'object' || value === null) return [];
  const paths = Object.entries(value).flatMap(([key, held]) => {
    const here = `${at}.${key}`;
    const isOpen = ['data', 'labels', 'annotations', 'managedFields', 'spec.metadata'].includes(key);
    return isOpen ? [here] : [here, ...keyPaths(held, here)];
  });
  return paths.toSorted();
}
