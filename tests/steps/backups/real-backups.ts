import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from '../../support/step-context.ts';

/** The folder of Mattermost 11.6 backups that MUSTER_TEST_BACKUPS leads to, or undefined. */
export const realBackups: string | undefined =
  process.env['MUSTER_TEST_BACKUPS'] && path.join(process.env['MUSTER_TEST_BACKUPS'], 'mattermost-11.6');

export const whyNoRealBackups = 'needs MUSTER_TEST_BACKUPS, a folder with a real Mattermost backup set';

export interface RealManifest {
  readonly users: readonly Readonly<Record<string, unknown>>[];
  readonly tables: Readonly<Record<string, { readonly rows: number; readonly md5: string }>>;
  readonly file_store: {
    readonly objects: number;
    readonly bytes: number;
    readonly object_list: readonly { readonly key: string; readonly size: number; readonly sha256: string }[];
  };
}

export async function readRealManifest(): Promise<RealManifest> {
  return JSON.parse(await readFile(path.join(realBackups ?? '', 'manifest.json'), 'utf8')) as RealManifest;
}

/** When the dumps of the set stand for. */
export const TAKEN_AT = '2026-11-21T17:30:00.000Z';
export const FOLDER = '2026-11-21T17-30-00Z';

/** Puts parts of the set into the context's backup store: `db/<time>/mattermost.dump`. */
export async function putBackups(ctx: TestContext, parts: readonly string[]): Promise<string> {
  const root = path.join(ctx.directory, 'backups');
  for (const part of parts) {
    const kind = part.startsWith('files') ? 'files' : part === 'config.json' ? 'config' : 'db';
    const name = part === 'files' ? '' : part;
    await cp(path.join(realBackups ?? '', part), path.join(root, kind, FOLDER, name), { recursive: true });
  }
  return root;
}

/** Replaces the only dump by bytes of the test's own. */
export async function putDump(ctx: TestContext, name: string, bytes: Buffer | string): Promise<string> {
  const file = path.join(ctx.directory, 'backups', 'db', FOLDER, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
  return file;
}

/** Writes the manifest that a careful backup job leaves beside a backup. */
export async function putManifest(
  ctx: TestContext,
  kind: string,
  files: readonly string[],
  takenAt?: string,
): Promise<void> {
  const folder = path.join(ctx.directory, 'backups', kind, FOLDER);
  const listed = await Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(path.join(folder, file));
      return { path: file, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    }),
  );
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify({ takenAt, files: listed }));
}

export const readReal = (part: string): Promise<Buffer> => readFile(path.join(realBackups ?? '', part));
