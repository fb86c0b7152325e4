import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { historyOf, mergeHistories } from '../../reporters/allure/history.ts';
import type { Config } from '../model/config.ts';
import { DrillError, toDrillError } from '../model/errors.ts';
import { runLayout } from '../model/layout.ts';
import { listFiles } from '../../reporters/manifest.ts';
import { inBatches } from '../support/in-batches.ts';
import { openArchiveStore, openLocalStore, retention, type ArchiveStore } from './archive-store.ts';
import { findArchivedRuns, findLocalRuns, writeIndex } from './archive-index.ts';
import { resultsFolder } from '../support/project-root.ts';
import { publishProof } from './proof.ts';

const HISTORY = 'history.jsonl';
const RUNS = 'runs/';
const AT_A_TIME = 4;

/**
 * The history over past drills: the archive's, or this clone's where the archive has none yet. Empty at first. Rejects
 * with STORE_UNREADABLE.
 */
export async function readHistory(config: Config, results = resultsFolder): Promise<string> {
  try {
    await using store = await openArchiveStore(config.archive);
    const archived = await store?.read(HISTORY);
    if (archived !== undefined) return archived;
    await using local = openLocalStore(results);
    return (await local.read(HISTORY)) ?? '';
  } catch (error) {
    throw explain('the history of past drills cannot be read', error, undefined);
  }
}

export interface ArchiveOptions {
  readonly runDir: string;
  readonly config: Config;
  /** The history with this run in it. */
  readonly history: string;
  /** Told what the archive cannot promise. */
  readonly complain: (line: string) => void;
}

/**
 * Puts a run into the history and the index of this clone, and publishes it with its reports where there is an archive. Evidence is written once: a run
 * that is archived again (resumed, undone later) becomes a further revision beside the first. Rejects with
 * STORE_UNREADABLE or REPORT_FAILED; the run folder stays as it is.
 */
export async function archiveRun({ runDir, config, history, complain }: ArchiveOptions): Promise<void> {
  const results = path.dirname(path.resolve(runDir));
  const own = historyOf(history, path.basename(runDir));
  try {
    await using local = openLocalStore(results);
    await addToHistory(local, own);
    await writeIndex(local, await findLocalRuns(results));

    await using store = await openArchiveStore(config.archive);
    if (!store) return;
    await publish(store, runDir, retention(config.archive ?? {}, store.writer, complain));
    await addToHistory(store, own);
    await publishProof(local, store);
    await writeIndex(store, await findArchivedRuns(store, RUNS));
  } catch (error) {
    throw explain('the run is not in the archive', error, runDir);
  }
}

/** Reads again before it writes: another run may have ended meanwhile. */
async function addToHistory(store: ArchiveStore, own: string): Promise<void> {
  const merged = mergeHistories((await store.read(HISTORY)) ?? '', own);
  await store.writer.put(HISTORY, Buffer.from(merged), {
    contentType: 'application/x-ndjson',
    replace: true,
  });
}

async function publish(store: ArchiveStore, runDir: string, retainUntil: Date | undefined): Promise<void> {
  const folder = await freeFolder(store, `${RUNS}${path.basename(runDir)}`);
  const { run, manifest } = runLayout(runDir);
  const [first, last] = [path.basename(run), path.basename(manifest)];
  const others = (await listFiles(runDir)).filter((file) => file !== first);
  // The record first, which claims the folder; the manifest last: where it is, everything is.
  const put = async (file: string) =>
    store.writer.put(`${folder}/${file}`, await openBody(path.join(runDir, file)), {
      contentType: contentType(file),
      retainUntil,
    });
  await put(first);
  await inBatches(others, AT_A_TIME, put);
  await put(last);
}

/** `runs/ID`, or `runs/ID.2` and so on when it is there already. */
async function freeFolder({ reader }: ArchiveStore, wanted: string): Promise<string> {
  for (let revision = 1; ; revision += 1) {
    const folder = revision === 1 ? wanted : `${wanted}.${revision}`;
    if (!(await reader.stat(`${folder}/run.json`))) return folder;
  }
}

const LARGEST_IN_MEMORY = 32 * 1024 * 1024;

async function openBody(file: string) {
  const { size } = await stat(file);
  return size <= LARGEST_IN_MEMORY ? readFile(file) : createReadStream(file);
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.json': 'application/json',
  '.jsonl': 'application/x-ndjson',
  '.xml': 'application/xml',
  '.txt': 'text/plain; charset=utf-8',
  '.log': 'text/plain; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.png': 'image/png',
};

function contentType(file: string): string {
  return TYPES[path.extname(file)] ?? 'application/octet-stream';
}

function explain(what: string, error: unknown, runDir: string | undefined): DrillError {
  const known = toDrillError(error);
  const again =
    runDir === undefined
      ? ''
      : `The run folder is whole; \`muster report ${path.basename(runDir)} --archive\` tries again.`;
  return new DrillError(
    known.code === 'HARNESS_BUG' ? 'REPORT_FAILED' : known.code,
    `${what}: ${known.message}`,
    {
      cause: known.cause ?? error,
      details: known.details,
      hint:
        [known.code === 'HARNESS_BUG' ? undefined : known.hint, again].filter(Boolean).join(' ') || undefined,
    },
  );
}
