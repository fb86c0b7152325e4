import { availableParallelism } from 'node:os';
import type { Client } from 'pg';
import type { PromiseSetting, Step, StepContext } from '../../model/drill.ts';
import { formatDuration, minutes } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import type { Samples } from '../../model/facts.ts';
import { openBackupStore } from '../backups/open-stores.ts';
import { readCanaryRecord } from './audit/canary-record.ts';
import { judgeCanaries, readCanaries, type Canary } from './audit/canaries.ts';
import { compareContents, judgeContents } from './audit/file-contents.ts';
import {
  compareFiles,
  judgeFileComparison,
  readFiles,
  readNewestFiles,
  readSomeFiles,
  type KnownFile,
} from './audit/files-against-database.ts';
import { writePostsPerDay } from './audit/posts-per-day.ts';
import { ask, isFaultOfData, judge, type Answer, type Question } from './audit/question.ts';
import { QUESTIONS, STRUCTURE } from './audit/questions.ts';
import { judgeFiles, judgeMessages, readNewest } from './audit/rpo.ts';
import { chooseSamples, readSamplePost } from './audit/samples.ts';
import { checkSchemaVersion } from './audit/schema-version.ts';
import { openRestored } from './restored-database.ts';
import { openRestoredFiles } from './restored-files.ts';

/** How many files are compared byte for byte: this many of the newest, and as many others. */
const FILE_SAMPLE = 50;
const FILE_SAMPLE_BYTES = 64 * 1024 * 1024;

/**
 * Reads the restored copy as it came, before quarantine changes it and before anything starts on it: is it whole, how
 * much of the last moments is missing, and which messages shall the browser find again?
 */
export function auditIntegrity(): Step {
  return {
    id: 'audit-integrity',
    title: 'Audit what came back',
    needs: ['database', 'files', 'backups'],
    gives: ['samples'],
    promises: promised,
    budget: minutes(60),
    plan: ({ canary }) => [
      `put ${QUESTIONS.length} questions to the restored database, read-only`,
      'compare every file that the database names with the file store: existence and size',
      `compare up to ${2 * FILE_SAMPLE} files (${FILE_SAMPLE_BYTES / 2 ** 20} MiB) with the backup, byte for byte`,
      'measure the RPO: the outage minus the newest message that came back',
      ...(canary?.record === undefined ? [] : [`count lost canaries against ${canary.record}`]),
    ],
    run,
  };
}

function promised({ config: { restore, canary } }: PromiseSetting): readonly string[] {
  return [
    ...questionsFor(restore.order).map(({ id }) => id),
    'audit.schema-version',
    'audit.files-present',
    'audit.files-size',
    'audit.previews-present',
    'audit.pictures-present',
    'audit.files-content',
    'rpo.messages',
    'rpo.files',
    // Without a record the lost ones can only be estimated: that is told, and promised to nobody.
    ...(canary?.record === undefined ? [] : ['rpo.canaries']),
  ];
}

/** Service first, indexes and views are still being built: they are asked about when they are. */
const questionsFor = (order: 'service-first' | 'complete') =>
  order === 'complete' ? [...QUESTIONS, ...STRUCTURE] : QUESTIONS;

async function run(ctx: StepContext): Promise<void> {
  // Each has connections of its own. All have ended before this does: undo must not meet them.
  const ended = await Promise.allSettled([auditRelations(ctx), auditContents(ctx)]);
  for (const part of ended) if (part.status === 'rejected') throw blameData(part.reason);
}

function blameData(cause: unknown): unknown {
  if (!isFaultOfData(cause)) return cause;
  return new DrillError('RESTORE_FAILED', 'the restored database cannot be read as one of Mattermost', {
    cause,
    hint: 'audit.tables-present says which tables are missing; compare the dump with the one before it.',
  });
}

/** How much is lost, what the browser shall find again, and the files. */
async function auditContents(ctx: StepContext): Promise<void> {
  await using connection = await openRestored(ctx.get('database'), { readOnly: true });
  const { client } = connection;
  const newestCanary = await measureCanaries(ctx, client);
  ctx.progress('Choosing messages for the browser to find again');
  const chosen = await chooseSamples(client, { members: ctx.config.members, seed: ctx.runId });
  const file = await auditFiles(ctx, client, chosen.file);
  ctx.set('samples', {
    ...chosen,
    file,
    newestCanary: newestCanary && (await readSamplePost(client, newestCanary.postId)),
  });
}

async function auditRelations(ctx: StepContext): Promise<void> {
  const started = performance.now();
  const answers = await askAll(ctx, questionsFor(ctx.get('database').order));
  const took = formatDuration(performance.now() - started);
  ctx.progress(`Put ${answers.length} questions to the restored database in ${took}`);
  const evidence = [await ctx.attach('audit.json', `${JSON.stringify(answers.map(forReaders), null, 2)}\n`)];
  for (const answer of answers) ctx.check({ ...judge(answer), evidence });
  await using connection = await openRestored(ctx.get('database'), { readOnly: true });
  ctx.check({ ...(await checkSchemaVersion(connection.client)), evidence });
}

/** One connection per processor: the site is not up before the last question is answered. */
async function askAll(ctx: StepContext, questions: readonly Question[]): Promise<readonly Answer[]> {
  const answers = new Map<Question, Answer>();
  const queue = questions.values();
  const work = async () => {
    await using connection = await openRestored(ctx.get('database'), { readOnly: true, amongOthers: true });
    for (const question of queue) {
      ctx.signal.throwIfAborted();
      answers.set(question, await ask(connection.client, question, ctx.outageAt));
    }
  };
  await Promise.all(Array.from({ length: Math.min(8, availableParallelism()) }, work));
  return questions.flatMap((question) => answers.get(question) ?? []);
}

function forReaders({
  question: { id, level, claim, userNotices },
  offenders,
  tolerated,
  examples,
  problem,
}: Answer) {
  return { id, level, claim, offenders: offenders ?? null, tolerated, examples, problem, userNotices };
}

/** The newest canary that came back. */
async function measureCanaries(ctx: StepContext, client: Client): Promise<Canary | null> {
  const { outageAt, objectives } = ctx;
  const { canary: settings } = ctx.config;
  const evidence = [await writePostsPerDay(ctx, client)];
  ctx.check({ ...judgeMessages(await readNewest(client, outageAt), outageAt, objectives.rpo), evidence });
  if (settings === undefined) return null;

  const canaries = await readCanaries(client, settings, outageAt);
  const { takenAt, takenAtSource } = ctx.get('backups').database;
  // A dump of a snapshot that somebody else holds was begun later than that.
  const begunAt = ctx.find('baseline')?.snapshotAt ?? (takenAtSource === 'store' ? undefined : takenAt);
  const dumpedAt = begunAt === undefined ? undefined : new Date(begunAt);
  try {
    const record = settings.record === undefined ? undefined : await readCanaryRecord(settings.record);
    ctx.check(judgeCanaries({ settings, canaries, record, outageAt, dumpedAt, rpo: objectives.rpo }));
  } catch (error) {
    ctx.check({
      id: 'rpo.canaries',
      claim: 'Of the numbered messages that were sent, only those of the last moments are lost',
      verdict: 'unverified',
      expected: 'a record of what was sent',
      seen: `the record ${settings.record ?? ''} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      code: 'CANARY_RECORD_UNREADABLE',
      hint: 'Check canary.record; the canary writer keeps it, one JSON object per line.',
    });
  }
  return canaries.toSorted((a, b) => b.createAt - a.createAt)[0] ?? null;
}

async function auditFiles(
  ctx: StepContext,
  client: Client,
  sample: Awaited<ReturnType<typeof chooseSamples>>['file'],
): Promise<Samples['file']> {
  await using restored = await openRestoredFiles(ctx);
  const comparison = await compareFiles(client, restored, ctx);
  for (const check of judgeFileComparison(comparison)) ctx.check(check);
  const databaseReaches = await readDatabaseReach(ctx, client);
  ctx.check(judgeFiles({ ...comparison, databaseReaches }, ctx.outageAt, ctx.objectives.rpo));

  const newest = await readNewestFiles(client, FILE_SAMPLE);
  const others = await readSomeFiles(client, FILE_SAMPLE, ctx.runId);
  const shown = sample === null ? [] : await readFiles(client, [sample.id]);
  const files = withinBudget([...shown, ...newest, ...others]);
  ctx.progress(`Comparing ${files.length} files with the backup, byte for byte`);
  await using store = await openBackupStore(ctx);
  const contents = await compareContents(files, {
    restored,
    backup: ctx.get('backups').files,
    store,
    signal: ctx.signal,
  });
  const compared = new Set(files.map(({ id }) => id));
  const among = (some: readonly KnownFile[]) => some.filter(({ id }) => compared.has(id)).length;
  const drawn = among(others);
  ctx.check(
    judgeContents(contents, {
      ...{ files: comparison.files, newest: among(newest) },
      ...{ drawn, leftOut: others.length - drawn },
    }),
  );
  if (sample === null) return null;
  const { path: _, ...shownFile } = sample;
  const sha256 = contents.sha256.get(sample.id);
  return sha256 === undefined ? null : { ...shownFile, sha256 };
}

/** Each once, and only as many as can be read again in a moment; the first of them whatever its size. */
function withinBudget(files: readonly KnownFile[]): readonly KnownFile[] {
  let bytes = 0;
  const unique = new Map(files.map((file) => [file.id, file]));
  return [...unique.values()].filter(({ size }, index) => {
    if (index > 0 && bytes + size > FILE_SAMPLE_BYTES) return false;
    bytes += size;
    return true;
  });
}

/** A dump knows everything up to its beginning. Where only the store's clock tells that, its newest message is believed. */
async function readDatabaseReach(ctx: StepContext, client: Client): Promise<number> {
  const { takenAt, takenAtSource } = ctx.get('backups').database;
  const { messageAt = 0, fileAt = 0 } = await readNewest(client, ctx.outageAt);
  return takenAtSource === 'store' ? Math.max(messageAt, fileAt) : Date.parse(takenAt);
}
