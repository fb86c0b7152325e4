import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GetObjectRetentionCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite, type Azurite } from '../../lab/storage/azurite.ts';
import { createS3Client, startSeaweedfs, type Seaweedfs } from '../../lab/storage/seaweedfs.ts';
import type { DrillEntry } from '../../reporters/drill-index.ts';
import { writeReports } from '../../reporters/index.ts';
import { archiveRun, readHistory } from '../../src/cli/archive.ts';
import { closeRun } from '../../src/cli/close-run.ts';
import type { Config } from '../../src/model/config.ts';
import { hours } from '../../src/model/duration.ts';
import { openReader, type ObjectReader } from '../../src/providers/object-store/index.ts';
import { findFreePort } from '../../src/support/ports.ts';
import type { JournalName } from '../golden/build-journals.ts';
import { openGoldenRun } from '../reporters/golden-run.ts';

type Archive = NonNullable<Config['archive']>;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'muster-archive-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Closes a run as the CLI does. Resolves to what was complained about. */
async function archive(name: JournalName, to: Archive | undefined, times = 1): Promise<string[]> {
  const config = { archive: to } as Config;
  const complaints: string[] = [];
  await using run = await openGoldenRun(name);
  const results = path.dirname(run.runDir);
  for (let time = 0; time < times; time += 1) {
    const history = await writeReports({ ...run, history: await readHistory(config, results) });
    await archiveRun({ runDir: run.runDir, config, history, complain: (line) => complaints.push(line) });
  }
  return complaints;
}

async function keysOf(store: ObjectReader, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys.toSorted();
}

async function indexIn(root: string): Promise<DrillEntry[]> {
  return (JSON.parse(await readFile(path.join(root, 'index.json'), 'utf8')) as { drills: DrillEntry[] })
    .drills;
}

const RUN = '2026-11-22T0412Z-quarterly-0002';

describe('an archive in a folder', () => {
  let root: string;
  const store = (): Archive => ({ store: { kind: 'filesystem', root }, retain: undefined });
  beforeAll(async () => {
    root = path.join(directory, 'folder');
    await mkdir(root);
    await archive('missed', store());
    await archive('passed-rehearsal', store());
  });

  it('has each run with all its files, and the manifest that they are held against', async () => {
    const run = path.join(root, 'runs', RUN);
    const manifest = JSON.parse(await readFile(path.join(run, 'manifest.json'), 'utf8')) as {
      files: { path: string }[];
    };
    const files = (await readdir(run, { recursive: true, withFileTypes: true })).filter((file) =>
      file.isFile(),
    );
    expect(files).toHaveLength(manifest.files.length + 1);
    expect(manifest.files.map((file) => file.path)).toContain('allure-report/index.html');
  });

  it('shows past drills with verdict, objectives and what was measured', async () => {
    expect(await indexIn(root)).toMatchObject([
      { run: RUN, verdict: 'missed', rehearsal: false, complete: true, folder: `runs/${RUN}/` },
      { verdict: 'passed', rehearsal: true, rto: { objectiveMs: 14_400_000, measuredMs: 157_500 } },
    ]);
    const page = await readFile(path.join(root, 'index.html'), 'utf8');
    expect(page).toContain(`href="runs/${RUN}/overview.html"`);
    expect(page).toContain(
      '1 drills, 1 rehearsals (never evidence). No drill on the official server has passed yet.',
    );
  });

  it('has the history of both', async () => {
    const history = await readHistory({ archive: store() } as Config);
    expect(history.trim().split('\n')).toHaveLength(2);
  });

  it('keeps what it has of a run that is archived again, and shows the later', async () => {
    const before = await readFile(path.join(root, 'runs', RUN, 'manifest.json'), 'utf8');
    await archive('missed', store());
    expect(await readFile(path.join(root, 'runs', RUN, 'manifest.json'), 'utf8')).toBe(before);
    const entries = (await indexIn(root)).filter(({ run }) => run === RUN);
    expect(entries).toMatchObject([{ folder: `runs/${RUN}.2/` }]);
  });

  it('tells an upload that broke off', async () => {
    await rm(path.join(root, 'runs', `${RUN}.2`, 'manifest.json'));
    await archive('broken', store());
    expect((await indexIn(root)).find(({ run }) => run === RUN)).toMatchObject({ complete: false });
    expect(await readFile(path.join(root, 'index.html'), 'utf8')).toContain('upload incomplete');
  });

  it('says that a folder cannot keep evidence from being deleted', async () => {
    const [complaint] = await archive('interrupted', { ...store(), retain: hours(1) });
    expect(complaint).toContain('has no object lock');
  });
});

describe('an archive in S3 with object lock', () => {
  let server: Seaweedfs;
  let to: Archive;
  beforeAll(async () => {
    server = await startSeaweedfs({ directory: path.join(directory, 's3') });
    await server.createBucket({ name: 'evidence', objectLock: true });
    process.env['ARCHIVE_TEST_KEY'] = server.accessKeyId;
    process.env['ARCHIVE_TEST_SECRET'] = server.secretAccessKey;
    to = {
      store: {
        kind: 's3',
        bucket: 'evidence',
        prefix: 'mattermost/',
        region: server.region,
        endpoint: server.endpoint,
        forcePathStyle: true,
        accessKeyId: { env: 'ARCHIVE_TEST_KEY' },
        secretAccessKey: { env: 'ARCHIVE_TEST_SECRET' },
      },
      retain: hours(2),
    };
    expect(await archive('missed', to, 2)).toEqual([]);
  }, 180_000);
  afterAll(async () => {
    delete process.env['ARCHIVE_TEST_KEY'];
    delete process.env['ARCHIVE_TEST_SECRET'];
    await server?.stop();
  });

  it('keeps every file of the run from being deleted, and the index replaceable', async () => {
    const client = createS3Client(server);
    await using reader = await openReader({ ...to.store, kind: 's3' } as never, {
      accessKeyId: server.accessKeyId,
      secretAccessKey: server.secretAccessKey,
    });
    const keys = await keysOf(reader);
    expect(keys).toContain(`runs/${RUN}/journal.jsonl`);
    expect(keys).toContain(`runs/${RUN}.2/journal.jsonl`);
    for (const key of keys.filter((one) => one.startsWith('runs/'))) {
      const { Retention } = await client.send(
        new GetObjectRetentionCommand({ Bucket: 'evidence', Key: `mattermost/${key}` }),
      );
      expect(Retention?.Mode).toBe('COMPLIANCE');
      expect(Retention?.RetainUntilDate?.getTime()).toBeGreaterThan(Date.now() + hours(1));
    }
    const { Versions } = await client.send(
      new ListObjectVersionsCommand({ Bucket: 'evidence', Prefix: 'mattermost/index.json' }),
    );
    expect(Versions).toHaveLength(2);
    client.destroy();
  });
});

describe('an archive in Azure Blob', () => {
  let server: Azurite;
  beforeAll(async () => {
    server = await startAzurite({ directory: path.join(directory, 'azure') });
    await server.createContainer('evidence');
    process.env['ARCHIVE_TEST_AZURE'] = server.connectionString;
  }, 120_000);
  afterAll(async () => {
    delete process.env['ARCHIVE_TEST_AZURE'];
    await server?.stop();
  });

  it('has the runs, the index and the history', async () => {
    const to: Archive = {
      store: {
        kind: 'azure-blob',
        container: 'evidence',
        prefix: '',
        connectionString: { env: 'ARCHIVE_TEST_AZURE' },
      },
    };
    await archive('missed', to);
    await archive('broken', to);
    const container = BlobServiceClient.fromConnectionString(server.connectionString).getContainerClient(
      'evidence',
    );
    const index = (await container.getBlobClient('index.json').downloadToBuffer()).toString();
    expect((JSON.parse(index) as { drills: unknown[] }).drills).toHaveLength(2);
    const history = (await container.getBlobClient('history.jsonl').downloadToBuffer()).toString();
    expect(history.trim().split('\n')).toHaveLength(2);
  });
});

describe('without an archive', () => {
  it('keeps history and index beside the runs', async () => {
    await using run = await openGoldenRun('passed-rehearsal');
    const results = path.dirname(run.runDir);
    const history = await writeReports({ ...run, history: '' });
    await archiveRun({ runDir: run.runDir, config: {} as Config, history, complain: () => {} });
    expect(await indexIn(results)).toMatchObject([
      { folder: `${path.basename(run.runDir)}/`, complete: true },
    ]);
    expect(await readHistory({} as Config, results)).toBe(history);
  });
});

describe('an archive that cannot be reached', () => {
  it('fails a run that passed, with one clear message, and leaves its folder whole', async () => {
    await using run = await openGoldenRun('passed-rehearsal');
    process.env['ARCHIVE_TEST_KEY'] = 'key';
    const config = {
      archive: {
        store: {
          kind: 's3',
          bucket: 'evidence',
          prefix: '',
          region: 'us-east-1',
          endpoint: `http://127.0.0.1:${await findFreePort()}`,
          forcePathStyle: true,
          accessKeyId: { env: 'ARCHIVE_TEST_KEY' },
          secretAccessKey: { env: 'ARCHIVE_TEST_KEY' },
        },
      },
    };
    await writeFile(path.join(run.runDir, 'run.json'), JSON.stringify({ config }));
    const complaints: string[] = [];
    const closed = await closeRun(run.runDir, { verdict: 'passed', exitCode: 0 }, (line) =>
      complaints.push(line),
    );
    expect(closed.exitCode).toBe(82);
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain('[STORE_UNREADABLE]');
    expect(await readdir(run.runDir)).toEqual(
      expect.arrayContaining(['manifest.json', 'overview.html', 'summary.json', 'allure-report']),
    );
    delete process.env['ARCHIVE_TEST_KEY'];
  });

  it('does not change the exit code of a run that did not pass', async () => {
    await using run = await openGoldenRun('missed');
    const config = { archive: { store: { kind: 'filesystem', root: '/proc/no-such-place' } } };
    await writeFile(path.join(run.runDir, 'run.json'), JSON.stringify({ config }));
    const complaints: string[] = [];
    const closed = await closeRun(run.runDir, { verdict: 'missed', exitCode: 1 }, (line) =>
      complaints.push(line),
    );
    expect(closed.exitCode).toBe(1);
    expect(complaints.join('\n')).toContain('[STORE_UNREADABLE]');
    expect(await readdir(run.runDir)).toContain('manifest.json');
  });
});
