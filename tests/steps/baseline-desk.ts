import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { takeBaseline, type TakeBaselineOptions } from '../../src/baseline/take-baseline.ts';
import type { ConfigInput } from '../../src/model/config.ts';
import type { Target } from '../../src/providers/database/target.ts';
import { openFilesystemWriter } from '../../src/providers/object-store/filesystem.ts';
import { baselineIsSound } from '../../src/steps/preflight/baseline-is-sound.ts';
import { compareWithBaseline } from '../../src/steps/restore/compare-with-baseline.ts';
import { makeKeyPair } from '../../src/support/signature.ts';
import type { TestContext } from '../support/step-context.ts';
import { openRestoredCopies, type Copy } from './restore/restored-copies.ts';

const SITE_URL = 'https://chat.example.test';

/** A primary, an archive with nothing in it, and as many restored copies as a test wants. */
export async function openBaselineDesk() {
  const copies = await openRestoredCopies();
  const directory = await mkdtemp(path.join(tmpdir(), 'muster-baseline-desk-'));
  const keys = makeKeyPair();
  let archives = 0;
  return {
    copies,
    directory,
    keys,
    newArchive: () => path.join(directory, `archive-${++archives}`),
    /** A baseline of a database, by default as a backup job takes it: with the dump in its snapshot. */
    async take(primary: Copy, archive: string, options: Partial<TakeBaselineOptions> = {}) {
      await using writer = openFilesystemWriter({ kind: 'filesystem', root: archive });
      return takeBaseline({
        database: await targetOf(primary),
        meanwhile: async () => {},
        files: { options: { kind: 'filesystem', root: copies.files }, credentials: {} },
        archive: writer,
        prefix: 'baselines/',
        keys,
        siteUrl: SITE_URL,
        muster: 'test',
        signal: new AbortController().signal,
        say: () => {},
        ...options,
      });
    },
    /** A drill's context on a restored copy, whose dump was taken just now. */
    async drill(restored: Copy, archive: string, config: Partial<ConfigInput> = {}): Promise<TestContext> {
      const context = await restored.context({
        signing: { publicKey: keys.publicKey },
        baseline: BASELINE,
        archive: { store: { kind: 'filesystem', root: archive } },
        ...config,
      });
      const backups = context.get('backups');
      const takenAt = new Date().toISOString();
      context.set('backups', { ...backups, database: { ...backups.database, takenAt } });
      return context;
    },
    async [Symbol.asyncDispose]() {
      await copies[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}
export type BaselineDesk = Awaited<ReturnType<typeof openBaselineDesk>>;

/** Both steps, as a drill runs them. */
export async function holdAgainstBaseline(context: TestContext): Promise<void> {
  await baselineIsSound().run(context);
  await compareWithBaseline().run(context);
}

export async function targetOf(copy: Copy): Promise<Target> {
  const { host, port, user, name, passwordFile } = (await copy.context()).get('database');
  return { host, port, user, database: name, password: (await readFile(passwordFile, 'utf8')).trim() };
}

export const notPassed = ({ checks }: TestContext): string[] =>
  checks.filter(({ verdict }) => verdict !== 'passed').map(({ id }) => id);

const BASELINE: ConfigInput['baseline'] = {
  database: { host: '127.0.0.1', user: 'nobody', password: { env: 'MUSTER_TEST_UNSET' } },
};
