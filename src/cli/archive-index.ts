import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { renderIndexJson, renderIndexPage, toEntry, type DrillEntry } from '../../reporters/drill-index.ts';
import { runLayout } from '../model/layout.ts';
import type { ArchiveStore } from './archive-store.ts';

const SUMMARY = path.basename(runLayout('.').summary);
const MANIFEST = path.basename(runLayout('.').manifest);

/** Folder of each run, relative to the index and ending with "/", and whether its manifest is there. */
export type RunFolders = ReadonlyMap<string, boolean>;

/**
 * Writes the index from the runs that are really there, so that two runs that end together cannot lose each other, and
 * one whose upload broke off is seen.
 */
export async function writeIndex(store: ArchiveStore, folders: RunFolders): Promise<void> {
  const entries: DrillEntry[] = [];
  for (const [folder, complete] of folders) {
    const summary = await store.read(`${folder}${SUMMARY}`);
    const entry = summary === undefined ? undefined : toEntry(summary, folder, complete);
    if (entry) entries.push(entry);
  }
  const newest = [...newestRevisions(entries)];
  await store.writer.put('index.json', Buffer.from(renderIndexJson(newest)), {
    contentType: 'application/json',
    replace: true,
  });
  await store.writer.put('index.html', Buffer.from(renderIndexPage(newest)), {
    contentType: 'text/html; charset=utf-8',
    replace: true,
  });
}

/** The runs under a prefix of the archive. */
export async function findArchivedRuns({ reader }: ArchiveStore, runs: string): Promise<RunFolders> {
  const folders = new Map<string, boolean>();
  for await (const { key } of reader.list(runs)) {
    const [name, file, ...deeper] = key.slice(runs.length).split('/');
    if (name === undefined || deeper.length > 0) continue;
    const folder = `${runs}${name}/`;
    if (file === SUMMARY) folders.set(folder, folders.get(folder) ?? false);
    if (file === MANIFEST) folders.set(folder, true);
  }
  return folders;
}

/** The runs in the folder of results. */
export async function findLocalRuns(results: string): Promise<RunFolders> {
  const entries = await readdir(results, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return new Map(names.map((name) => [`${name}/`, existsSync(path.join(results, name, MANIFEST))]));
}

/** A run that was archived again is shown as it was last. */
function newestRevisions(entries: readonly DrillEntry[]): Iterable<DrillEntry> {
  const byRun = new Map<string, DrillEntry>();
  for (const entry of entries) {
    const other = byRun.get(entry.run);
    if (!other || revisionOf(other) < revisionOf(entry)) byRun.set(entry.run, entry);
  }
  return byRun.values();
}

function revisionOf({ run, folder }: DrillEntry): number {
  const name = path.posix.basename(folder);
  return name === run ? 1 : Number(name.slice(run.length + 1)) || 0;
}
