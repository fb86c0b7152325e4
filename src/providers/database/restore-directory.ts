import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { requireTool } from '../../support/tools.ts';
import { openDownload } from './download.ts';
import { buildKeysAndIndexes, pgRestore } from './pg-restore.ts';
import type { RestoredDump, RestoreJob } from './restore-dump.ts';
import { restoreFailure } from './restore-failure.ts';
import { parseTableOfContents } from './table-of-contents.ts';

const DOWNLOADS = 6;

/** One file per table. Tables are loaded in batches of what has arrived, while the others are still coming. */
export async function restoreDirectory(job: RestoreJob): Promise<RestoredDump> {
  const archive = path.join(job.folder, 'database.dir');
  await rm(archive, { recursive: true, force: true });
  await mkdir(archive, { recursive: true });
  const keys = new Map(job.backup.keys.map((key) => [path.posix.basename(key), key]));
  const fetch = async (name: string) =>
    pipeline(
      await openDownload(job, keys.get(name) ?? name),
      createWriteStream(path.join(archive, name), { mode: 0o600 }),
      {
        signal: job.signal,
      },
    );

  job.say("downloading the dump's table of contents");
  await fetch('toc.dat');
  keys.delete('toc.dat');
  const data = (await listContents(job, archive)).filter(({ type }) => type === 'TABLE DATA');
  const dumpIdOf = (name: string) => data.find(({ dumpId }) => name.startsWith(`${dumpId}.dat`))?.dumpId;

  const arrived = createQueue<string>();
  const downloads = download([...keys.keys()], fetch, arrived);
  job.say('downloading tables and loading those that have arrived');
  // A table that cannot be loaded ends the restore: the others need not be downloaded for that.
  const loading = (async () => {
    await pgRestore(job, ['--section=pre-data', archive]);
    for (;;) {
      const names = await arrived.takeAll();
      if (names === undefined) return;
      const ids = names.map(dumpIdOf).filter((id) => id !== undefined);
      if (ids.length > 0) await load(ids);
    }
  })();
  const [downloaded, loaded] = await Promise.allSettled([downloads, loading.finally(() => arrived.close())]);
  if (downloaded.status === 'rejected') throw downloaded.reason;
  if (loaded.status === 'rejected') throw loaded.reason;
  await loadTheRest();
  return { ...(await buildKeysAndIndexes(job, archive)), rows: undefined };

  async function load(ids: readonly number[]): Promise<void> {
    const list = path.join(job.folder, 'data.list');
    await writeFile(list, ids.map((id) => `${id};\n`).join(''));
    await pgRestore(job, ['--section=data', '--use-list', list, '--jobs', String(job.jobs), archive]);
  }

  /** Sequences' values and large objects; and tables whose file is missing, for pg_restore to say so. */
  async function loadTheRest(): Promise<void> {
    const withFile = new Set([...keys.keys()].map(dumpIdOf));
    const others = (await listContents(job, archive, ['--section=data'])).filter(
      ({ dumpId }) => !withFile.has(dumpId),
    );
    if (others.length > 0) await load(others.map(({ dumpId }) => dumpId));
  }
}

async function listContents({ exec }: RestoreJob, archive: string, args: readonly string[] = []) {
  const command = await requireTool('pg_restore');
  const { exitCode, stdout, stderr } = await exec(command, ['--list', ...args, archive], {
    env: { LC_ALL: 'C' },
    accept: [0, 1],
  });
  if (exitCode !== 0) throw restoreFailure('pg_restore', stderr);
  return parseTableOfContents(stdout);
}

async function download(
  names: readonly string[],
  fetch: (name: string) => Promise<void>,
  arrived: Queue<string>,
): Promise<void> {
  const waiting = [...names];
  try {
    await Promise.all(
      Array.from({ length: DOWNLOADS }, async () => {
        for (let name = waiting.shift(); name !== undefined && !arrived.isClosed(); name = waiting.shift()) {
          await fetch(name);
          arrived.put(name);
        }
      }),
    );
  } finally {
    waiting.length = 0;
    arrived.close();
  }
}

interface Queue<T> {
  put(item: T): void;
  close(): void;
  isClosed(): boolean;
  /** All that came since the last call, waiting for at least one; undefined once it is closed and empty. */
  takeAll(): Promise<T[] | undefined>;
}

function createQueue<T>(): Queue<T> {
  let items: T[] = [];
  let closed = false;
  let wake = Promise.withResolvers<void>();
  return {
    put(item) {
      items.push(item);
      wake.resolve();
    },
    close() {
      closed = true;
      wake.resolve();
    },
    isClosed: () => closed,
    async takeAll() {
      if (items.length === 0 && !closed) await wake.promise;
      wake = Promise.withResolvers<void>();
      if (closed) wake.resolve();
      const taken = items;
      items = [];
      return taken.length === 0 ? undefined : taken;
    },
  };
}
