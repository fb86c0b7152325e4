import type { Client } from 'pg';
import type { Check } from '../../../model/check.ts';
import { findUnnamed, KEYS_AT_A_TIME } from '../../../baseline/read-file-keys.ts';
import { inBatches } from '../../../support/in-batches.ts';
import { inPages } from '../../../support/in-pages.ts';
import type { RestoredFileStore } from '../restored-files.ts';

/** A file that the restored database says is stored. */
export interface KnownFile {
  readonly id: string;
  /** Relative to the file store, with `/`. */
  readonly path: string;
  readonly thumbnailPath: string;
  readonly previewPath: string;
  readonly size: number;
  readonly createAt: number;
}

export interface FilesComparison {
  readonly files: number;
  readonly missing: readonly string[];
  /** Attachments in the file store that no row names. */
  readonly unnamed: number;
  readonly wrongSize: readonly string[];
  readonly previews: number;
  readonly missingPreviews: readonly string[];
  readonly pictures: number;
  readonly missingPictures: readonly string[];
  /** When the newest file was sent that the database knows, and the newest whose object is there. 0: none. */
  readonly newestKnownAt: number;
  readonly newestPresentAt: number;
}

export interface CompareOptions {
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
}

const PAGE = 5_000;

/** Looks at every object that the database names: is it there, and has it the size that the database says? */
export async function compareFiles(
  client: Client,
  restored: RestoredFileStore,
  { signal, progress }: CompareOptions,
): Promise<FilesComparison> {
  const missing: string[] = [];
  const wrongSize: string[] = [];
  const missingPreviews: string[] = [];
  let newestKnownAt = 0;
  let newestPresentAt = 0;
  let files = 0;
  let previews = 0;
  for await (const page of readKnownFiles(client)) {
    signal.throwIfAborted();
    await inBatches(page, 32, async (file) => {
      const size = await restored.sizeOf(file.path);
      if (size === undefined) missing.push(file.id);
      else if (size !== file.size) wrongSize.push(file.id);
      newestKnownAt = Math.max(newestKnownAt, file.createAt);
      if (size !== undefined) newestPresentAt = Math.max(newestPresentAt, file.createAt);
      for (const preview of [file.thumbnailPath, file.previewPath]) {
        if (preview === '') continue;
        previews += 1;
        if (!((await restored.sizeOf(preview)) ?? 0)) missingPreviews.push(file.id);
      }
    });
    files += page.length;
    if (files > PAGE) progress(`Compared ${files} files with the database`);
  }
  const unnamed = await countUnnamed(client, restored);
  const pictures = await readPictures(client);
  const missingPictures: string[] = [];
  await inBatches(pictures, 32, async (picture) => {
    if (!((await restored.sizeOf(picture)) ?? 0)) missingPictures.push(picture);
  });
  return {
    ...{ files, missing, unnamed, wrongSize, newestKnownAt, newestPresentAt, previews, missingPreviews },
    ...{ pictures: pictures.length, missingPictures },
  };
}

export function judgeFileComparison(seen: FilesComparison): readonly Check[] {
  const { files, missing, unnamed, wrongSize, previews, missingPreviews, pictures, missingPictures } = seen;
  const present = judge(
    'audit.files-present',
    'Every file that the database knows is in the file store',
    files,
    missing,
    {
      code: 'FILES_MISSING',
      hint: 'These attachments cannot be opened. Back up the database first and the files after it: files that are too new do no harm.',
    },
  );
  return [
    unnamed === 0
      ? present
      : {
          ...present,
          seen: `${present.seen}; besides, ${unnamed} attachments that no row names, which does no harm by itself`,
        },
    judgeSizes(files - missing.length, wrongSize),
    judge(
      'audit.previews-present',
      'Every preview that the database knows is in the file store',
      previews,
      missingPreviews,
      {
        code: 'PREVIEWS_MISSING',
        hint: 'Pictures show as empty frames: Mattermost does not make previews again.',
      },
    ),
    judge(
      'audit.pictures-present',
      'Every emoji and every team picture is in the file store',
      pictures,
      missingPictures,
      {
        code: 'PICTURES_MISSING',
        hint: "Check that the backup covers the file store's folders emoji/ and teams/.",
      },
    ),
  ];
}

/** Mattermost keeps what was attached to messages in a folder per day: `20261122/teams/…`. */
const ATTACHMENT = /^\d{8}\//;

async function countUnnamed(client: Client, restored: RestoredFileStore): Promise<number> {
  let unnamed = 0;
  for await (const page of inPages(attachmentsIn(restored), KEYS_AT_A_TIME))
    unnamed += (await findUnnamed(client, page)).length;
  return unnamed;
}

async function* attachmentsIn(restored: RestoredFileStore): AsyncGenerator<string> {
  for await (const key of restored.keys()) if (ATTACHMENT.test(key)) yield key;
}

/** Files of the newest `count`, newest first. */
export async function readNewestFiles(client: Client, count: number): Promise<readonly KnownFile[]> {
  return (await client.query<KnownFile>(`${SELECT_FILES} ORDER BY createat DESC, id LIMIT $1`, [count])).rows;
}

/** Any files, others for another seed. */
export async function readSomeFiles(
  client: Client,
  count: number,
  seed: string,
): Promise<readonly KnownFile[]> {
  return (await client.query<KnownFile>(`${SELECT_FILES} ORDER BY md5(id || $2) LIMIT $1`, [count, seed]))
    .rows;
}

export async function readFiles(client: Client, ids: readonly string[]): Promise<readonly KnownFile[]> {
  return (await client.query<KnownFile>(`${SELECT_FILES} AND id = ANY ($1::text[])`, [ids])).rows;
}

// What is archived was moved elsewhere on purpose; what is deleted may be gone. `audit.files-have-path` asks for paths.
const SELECT_FILES = `
  SELECT id, path, coalesce(thumbnailpath, '') AS "thumbnailPath", coalesce(previewpath, '') AS "previewPath",
         size::float8 AS size, createat::float8 AS "createAt"
    FROM fileinfo WHERE deleteat = 0 AND NOT coalesce(archived, false) AND path <> ''`;

async function* readKnownFiles(client: Client): AsyncGenerator<readonly KnownFile[]> {
  for (let after = ''; ;) {
    const { rows } = await client.query<KnownFile>(`${SELECT_FILES} AND id > $1 ORDER BY id LIMIT ${PAGE}`, [
      after,
    ]);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.id;
  }
}

/** Where Mattermost keeps what it draws by id alone. */
async function readPictures(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ key: string }>(
    `SELECT 'emoji/' || id || '/image' AS key FROM emoji WHERE deleteat = 0
      UNION ALL SELECT 'teams/' || id || '/teamIcon.png' FROM teams WHERE deleteat = 0 AND lastteamiconupdate > 0`,
  );
  return rows.map(({ key }) => key);
}

/** A file that is not there has no size: `audit.files-present` is about those. */
function judgeSizes(compared: number, wrongSize: readonly string[]): Check {
  const id = 'audit.files-size';
  const claim = 'Every file that came back has the size that the database knows';
  if (compared === 0) {
    return {
      ...{ id, claim, expected: 'all', verdict: 'unverified' },
      ...{ seen: 'there was no file to compare', code: 'NOTHING_TO_COMPARE_WITH' },
    };
  }
  const check = judge(id, claim, compared, wrongSize, {
    code: 'FILES_DAMAGED',
    hint: 'These attachments are cut off or were replaced.',
  });
  return { ...check, seen: `${compared} compared; ${check.seen}` };
}

function judge(
  id: string,
  claim: string,
  total: number,
  bad: readonly string[],
  miss: { readonly code: string; readonly hint: string },
): Check {
  if (bad.length === 0) return { id, claim, expected: 'all', verdict: 'passed', seen: `all ${total}` };
  const examples = bad.toSorted().slice(0, 5).join(', ');
  return {
    id,
    claim,
    expected: 'all',
    verdict: 'missed',
    seen: `not so for ${bad.length} of ${total}: ${examples}`,
    ...miss,
  };
}
