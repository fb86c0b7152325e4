import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readStartTime } from '../../src/support/processes.ts';
import { openTempFolder } from '../scripts/tiny-programs.ts';

const MODULE = new URL('../../src/cli/run-again.ts', import.meta.url);

/** A command that runs itself again behind `env`, and there does this. */
async function command(folder: string, there: string): Promise<string> {
  const file = path.join(folder, 'command.mjs');
  const again = `process.exitCode = await runAgain(['/usr/bin/env', 'PLACE=there'])`;
  await writeFile(
    file,
    `import { isRunAgain, runAgain } from '${MODULE}';\nif (!isRunAgain()) ${again};\nelse { ${there} }\n`,
  );
  return file;
}

it('runs the same command with the same arguments where it belongs, and ends as it does', async () => {
  await using temp = await openTempFolder();
  const file = await command(
    temp.path,
    `console.log(process.env.PLACE, process.argv.slice(2).join(' ')); process.exitCode = 7`,
  );
  const child = spawn(process.execPath, [file, 'lab', 'up']);
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect(output).toBe('there lab up\n');
  expect(exitCode).toBe(7);
});

it('hands on a signal, and waits for what comes of it', async () => {
  await using temp = await openTempFolder();
  const file = await command(
    temp.path,
    `process.on('SIGINT', () => { console.log('stopping'); process.exit(130); }); console.log('up'); setInterval(() => {}, 1000)`,
  );
  const child = spawn(process.execPath, [file]);
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  const rest = text(child.stdout);
  child.kill('SIGINT');
  expect(await rest).toBe('stopping\n');
  expect(await ended).toEqual([130, null]);
});

it('takes the command along when it is killed itself', async () => {
  await using temp = await openTempFolder();
  const file = await command(temp.path, `console.log(process.pid); setInterval(() => {}, 1000)`);
  const child = spawn(process.execPath, [file]);
  const [pid] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGKILL');
  // The pipe is closed by the last who holds it. Its number is free when whoever inherits orphans has looked.
  await once(child.stdout, 'close');
  await expect.poll(() => readStartTime(Number(pid)), { timeout: 10_000 }).toBeUndefined();
});
