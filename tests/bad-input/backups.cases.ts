import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { createCertificateAuthority, issueCertificate } from '../../lab/tls.ts';
import { days } from '../../src/model/duration.ts';
import type { JournalEvent } from '../../src/model/journal.ts';
import { begin, expectRefusal, type Refusal } from './support/attempt.ts';
import {
  cutInHalf,
  dumpedByNewerTools,
  garble,
  inTarFormat,
  madeYearsAgo,
  ofTheFuture,
} from '../../lab/sabotages/damage-dump.ts';
import type { LabSite } from './support/lab-site.ts';

/** Key below the prefix → what is put there. */
type Objects = Readonly<Record<string, Buffer>>;

interface DamagedBackup extends Refusal {
  readonly what: string;
  put(site: LabSite): Promise<Objects> | Objects;
}

const custom = (spoil: (dump: Buffer) => Buffer) => ({
  put: ({ dump }: LabSite) => ({ 'mattermost.dump': spoil(dump) }),
});
const plain = (spoil: (dump: Buffer) => Buffer, name = 'mattermost.sql') => ({
  put: async (site: LabSite) => ({ [name]: spoil(await readFile(await site.dumpAs('plain'))) }),
});
const directory = (spoil: (largest: Buffer) => Buffer | undefined) => ({
  async put(site: LabSite) {
    const folder = await site.dumpAs('directory');
    const objects: Record<string, Buffer> = {};
    for (const name of await readdir(folder))
      objects[`mattermost.dir/${name}`] = await readFile(path.join(folder, name));
    const [largest = ''] = Object.keys(objects)
      .filter((key) => !key.endsWith('toc.dat'))
      .toSorted((a, b) => (objects[b]?.length ?? 0) - (objects[a]?.length ?? 0));
    const spoilt = spoil(objects[largest] ?? Buffer.alloc(0));
    delete objects[largest];
    return spoilt ? { ...objects, [largest]: spoilt } : objects;
  },
});

const UNREADABLE = { code: 'BACKUP_UNREADABLE', exitCode: 1 } as const;
const NEWER = { code: 'DUMP_NEWER_THAN_TOOLS', exitCode: 1 } as const;

const DAMAGED: readonly DamagedBackup[] = [
  {
    what: 'none at all',
    ...{ code: 'BACKUP_MISSING' },
    put: () => ({}),
    exitCode: 1,
    says: [/no database dump under "[^"]+" in s3:/, /Check backups\.database\.prefix/],
  },
  {
    what: 'a stale one',
    code: 'BACKUP_STALE',
    exitCode: 1,
    ...custom((dump) => madeYearsAgo(dump, 2)),
    says: [/backup\.database\.age/, /at most 1d|24h/, /73\dd/],
  },
  {
    what: 'a truncated custom dump',
    ...UNREADABLE,
    ...custom(cutInHalf),
    says: [/backup\.database\.readable/, /end of file/, /This dump will not restore: take a new one/],
  },
  {
    what: 'a garbled custom dump',
    ...UNREADABLE,
    ...custom(garble),
    says: [/backup\.database\.readable/, /This dump will not restore/],
  },
  {
    what: 'an empty dump',
    ...UNREADABLE,
    ...custom(() => Buffer.alloc(0)),
    says: [/mattermost\.dump" .*is empty/, /custom, directory or plain/],
  },
  {
    what: 'a picture instead of a dump',
    ...UNREADABLE,
    ...custom(() => Buffer.from('\x89PNG\r\n\x1a\n and so on', 'latin1')),
    says: [/is a PNG image/, /custom, directory or plain/],
  },
  {
    what: 'a dump in tar format',
    ...UNREADABLE,
    ...custom(inTarFormat),
    says: [/tar format, which is not read; use --format=custom or directory/],
  },
  {
    what: 'a truncated plain dump',
    ...UNREADABLE,
    ...plain(cutInHalf),
    says: [/it is cut off/, /This dump will not restore/],
  },
  {
    what: 'a truncated plain dump in gzip',
    ...UNREADABLE,
    ...plain((dump) => cutInHalf(gzipSync(dump)), 'mattermost.sql.gz'),
    says: [/backup\.database\.readable/, /unexpected end of file|cut off/, /This dump will not restore/],
  },
  {
    what: 'a garbled plain dump in gzip',
    ...UNREADABLE,
    ...plain((dump) => garble(gzipSync(dump)), 'mattermost.sql.gz'),
    says: [/backup\.database\.readable/, /This dump will not restore/],
  },
  {
    what: 'a directory dump without one of its files',
    ...UNREADABLE,
    ...directory(() => undefined),
    says: [/the file of table public\.\w+ \(\d+\.dat\) is missing/],
  },
  {
    what: 'a directory dump with a truncated file',
    ...UNREADABLE,
    ...directory(cutInHalf),
    says: [/\d+\.dat(\.gz)?, table public\.\w+: /],
  },
  {
    what: 'a directory dump with a garbled file',
    ...UNREADABLE,
    ...directory(garble),
    says: [/\d+\.dat(\.gz)?, table public\.\w+: /],
  },
  {
    what: 'a dump of a newer archive version',
    ...NEWER,
    ...custom(ofTheFuture),
    says: [/1\.99/, /Install PostgreSQL/],
  },
  {
    what: 'a dump made by newer tools',
    ...NEWER,
    ...custom(dumpedByNewerTools),
    says: [/pg_restore 99 or newer/, /Install PostgreSQL 99/],
  },
];

export function backupCases(site: () => LabSite): void {
  for (const [number, { what, put, ...refusal }] of DAMAGED.entries()) {
    it(`says what is wrong and restores nothing of ${what}`, async () => {
      const config = site().newConfig();
      const prefix = `bad-${number}/`;
      for (const [key, body] of Object.entries(await put(site())))
        await site().bucket.put(prefix + key, body, { contentType: 'application/octet-stream' });
      const attempt = await begin(site(), {
        drill: 'database-only',
        config: { ...config, backups: { ...config.backups, database: { prefix } } },
      });
      await expectRefusal(attempt, refusal);
      if (what !== 'a stale one') expect(restoredSteps(attempt.journal())).toEqual([]);
    });
  }

  it('says so when the store does not accept its credentials', async () => {
    const config = site().newConfig();
    const { store } = config.backups;
    if (store.kind !== 's3') throw new Error('the lab keeps its backups in S3');
    const file = path.join(site().directory, 'wrong-key');
    await writeFile(file, 'not-the-secret-access-key');
    const attempt = await begin(site(), {
      drill: 'database-only',
      config: { ...config, backups: { ...config.backups, store: { ...store, secretAccessKey: { file } } } },
    });
    await expectRefusal(attempt, {
      code: 'STORE_UNREADABLE',
      says: ['s3://mattermost-backups', /hint: .*credentials/i],
    });
  });

  it('says so when Azure does not accept its key', async () => {
    const config = site().newConfig();
    const [copy] = site().wholeConfig().backups.copies ?? [];
    if (copy?.store.kind !== 'azure-blob') throw new Error('the lab keeps its copies in Azure Blob');
    const { connectionString } = copy.store;
    const right = await readFile(connectionString && 'file' in connectionString ? connectionString.file : '');
    const key = Buffer.from('not the key of this account').toString('base64');
    const file = path.join(site().directory, 'wrong-connection-string');
    await writeFile(file, String(right).replace(/AccountKey=[^;]+/, `AccountKey=${key}`));
    const store = { ...copy.store, connectionString: { file } };
    const attempt = await begin(site(), {
      drill: 'database-only',
      config: { ...config, backups: { ...config.backups, store } },
    });
    const { output } = await expectRefusal(attempt, {
      code: 'STORE_UNREADABLE',
      says: [/in azure:\/\/\w+\/mattermost-copies.*: the credentials were refused/, /hint: Check the key/],
    });
    expect(output).not.toContain(key);
  });

  it('says so when there is no such bucket', async () => {
    const config = site().newConfig();
    const { store } = config.backups;
    if (store.kind !== 's3') throw new Error('the lab keeps its backups in S3');
    const attempt = await begin(site(), {
      drill: 'database-only',
      config: { ...config, backups: { ...config.backups, store: { ...store, bucket: 'mattermost-backup' } } },
    });
    await expectRefusal(attempt, {
      code: 'STORE_UNREADABLE',
      says: ['s3://mattermost-backup', /hint: .*bucket/i],
    });
  });

  it("finds that the site's certificate has expired", async () => {
    const config = site().newConfig();
    const expired = await issueExpired(site());
    const attempt = await begin(site(), {
      drill: 'backup-audit',
      config: { ...config, tls: { ...config.tls, certificate: expired } },
    });
    await expectRefusal(attempt, {
      code: 'CERTIFICATE_EXPIRES',
      exitCode: 1,
      says: [/certificate\.expiry: missed/, /expired .* ago, on 20/, /Renew/],
    });
  });
}

/** Steps of the restore that were taken to their end. */
function restoredSteps(journal: readonly JournalEvent[]): string[] {
  return journal.flatMap((event) =>
    event.type === 'step.finished' && event.outcome === 'done' && event.step === 'restore-database'
      ? [event.step]
      : [],
  );
}

async function issueExpired(site: LabSite): Promise<string> {
  const directory = path.join(site.directory, 'expired');
  const authority = await createCertificateAuthority(directory);
  const { certFile } = await issueCertificate(authority, {
    names: ['chat.drill.test'],
    validFrom: new Date(Date.now() - days(40)),
    validUntil: new Date(Date.now() - days(3)),
  });
  return certFile;
}
