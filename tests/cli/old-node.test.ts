import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { openTempFolder, runNode } from '../scripts/tiny-programs.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const env = { PATH: process.env['PATH'] ?? '' };

it.each(['v20.20.2', 'v22.22.1', 'v12.22.9'])(
  'says in one line that Node.js %s is too old',
  async (version) => {
    const { exitCode, output } = await runNode('bin/muster.js', ['--version'], env, pretendToBe(version));
    expect(output).toBe(
      `muster needs Node.js 22.22.2 or newer and this is ${version}; run it with \`npx muster …\` in the clone, or \`npm run drill\`\n`,
    );
    expect(exitCode).toBe(64);
  },
);

it('says the same before set-up', async () => {
  const { exitCode, output } = await runNode('scripts/setup.js', ['--check'], env, pretendToBe('v20.20.2'));
  expect(output).toMatch(/^muster needs Node.js .+\n$/);
  expect(exitCode).toBe(64);
});

it.each(['v22.22.2', 'v24.0.0', 'v100.1.0'])('has nothing against Node.js %s', async (version) => {
  await using clone = await openClone();
  await installPackages(clone.path);
  expect(await clone.complaint(version)).toBe('none');
});

it('names the package that is not installed', async () => {
  await using clone = await openClone();
  expect(await clone.complaint('v24.0.0')).toMatch(
    /^muster needs its packages, and \S+ is not installed; run `npm ci`/,
  );
});

it('says how to get its own Node.js when install scripts were switched off', async () => {
  await using clone = await openClone();
  await installPackages(clone.path);
  expect(await clone.complaint('v20.20.2')).toMatch(
    /--ignore-scripts.*npm rebuild node --ignore-scripts=false/,
  );
});

it('keeps to syntax that Node.js 12 can parse', async () => {
  for (const file of ['bin/muster.js', 'bin/check-install.js', 'scripts/setup.js']) {
    const code = await readFile(path.join(ROOT, file), 'utf8');
    expect(code, file).not.toMatch(/\?\.|\?\?|\bnode:|^\s*await |&&=|\|\|=/m);
  }
});

function pretendToBe(version: string): string {
  return `Object.defineProperty(process, 'version', { value: '${version}' })`;
}

/** A clone of Muster with nothing in it but what is needed to complain. */
async function openClone() {
  const temp = await openTempFolder();
  await mkdir(path.join(temp.path, 'bin'));
  for (const file of ['bin/check-install.js', 'package.json'])
    await cp(path.join(ROOT, file), path.join(temp.path, file));
  const script = path.join(temp.path, 'complain.mjs');
  const checker = pathToFileURL(path.join(temp.path, 'bin/check-install.js')).href;
  await writeFile(
    script,
    `import { findComplaint } from '${checker}'; console.log(findComplaint() || 'none');`,
  );
  return {
    ...temp,
    async complaint(version: string): Promise<string> {
      const child = spawn(process.execPath, [
        '--import',
        `data:text/javascript,${encodeURIComponent(pretendToBe(version))}`,
        script,
      ]);
      return (await text(child.stdout)).trim();
    },
  };
}

async function installPackages(clone: string): Promise<void> {
  const { dependencies } = JSON.parse(await readFile(path.join(clone, 'package.json'), 'utf8')) as {
    dependencies: object;
  };
  for (const name of Object.keys(dependencies))
    await mkdir(path.join(clone, 'node_modules', name), { recursive: true });
}
