import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isRunning } from '../../src/support/processes.ts';
import { readJournal } from '../../src/engine/journal.ts';
import { launchedProcesses } from '../../src/engine/left-behind.ts';
import { openTempFolder } from '../scripts/tiny-programs.ts';

const ROOT = path.join(import.meta.dirname, '../..');

export interface Result {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Session {
  readonly child: ChildProcess;
  readonly result: Promise<Result>;
  /** Resolves when this text has been printed; rejects when the program ends without it. */
  sees(text: string): Promise<void>;
}

/** A folder with a config, results and scratch of its own, and the command line as people use it there. */
export async function openDesk() {
  const folder = await openTempFolder();
  const at = (...parts: string[]) => path.join(folder.path, ...parts);
  await writeFile(at('muster.config.yaml'), CONFIG);
  const results = at('results');
  await mkdir(results);

  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Session => {
    const child = spawn(process.execPath, [path.join(ROOT, 'bin/muster.js'), ...args], {
      cwd: folder.path,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        MUSTER_DRILLS: path.join(import.meta.dirname, 'drills'),
        MUSTER_RESULTS: results,
        MUSTER_TEST_SECRET: 'not-to-be-told',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // As a terminal would: signals can be sent to the whole group.
      detached: true,
    });
    return follow(child);
  };

  const runs = async () => (await readdir(results)).filter((name) => /Z-/.test(name)).toSorted();
  const journal = async (run?: string) =>
    readJournal(at('results', run ?? (await runs()).at(-1) ?? '', 'journal.jsonl'));

  return {
    ...folder,
    at,
    results,
    start,
    muster: (args: string | readonly string[], env?: Readonly<Record<string, string>>) =>
      start(typeof args === 'string' ? args.split(' ') : args, env).result,
    runs,
    journal,
    /** What the newest run has started and is still there. */
    alive: async () => launchedProcesses(await journal()).filter(isRunning),
    /** What stands in the scratch. */
    scratch: () => readdir(at('scratch')).catch(() => []),
    read: (...parts: string[]) => readFile(at(...parts), 'utf8'),
  };
}

function follow(child: ChildProcess): Session {
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  const tell = () => watchers.forEach((watcher) => watcher());
  child.stdout?.on('data', (chunk: Buffer) => ((stdout += chunk.toString()), tell()));
  child.stderr?.on('data', (chunk: Buffer) => ((stderr += chunk.toString()), tell()));
  const result = new Promise<Result>((resolve) =>
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr })),
  );
  return {
    child,
    result,
    sees: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!(stdout + stderr).includes(text)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
        void result.then(() => reject(new Error(`it ended without saying "${text}":\n${stdout}${stderr}`)));
      }),
  };
}

export const CONFIG = `
site: { url: https://chat.example.test }
backups: { store: { kind: filesystem, root: backups }, database: {}, files: {} }
scratch: { kind: local, directory: scratch }
application: { kind: stand-in }
identity:
  secondary:
    kind: openid
    discoveryUrl: https://idp.example.test/.well-known/openid-configuration
    clientId: mattermost
    clientSecret: { env: MUSTER_TEST_SECRET }
  primary: { hosts: [sso.example.test] }
dns: { kind: none, name: chat.example.test }
tls: { certificate: chat.pem, key: chat.key }
members: [{ username: heidi, password: { env: MUSTER_TEST_SECRET } }]
`;
