import path from 'node:path';
import { expect, it } from 'vitest';
import { runDoctor } from '../../src/cli/doctor.ts';
import { openToolbox, type Toolbox } from '../../src/support/tools.ts';
import { answers, openTempFolder, writeProgram, writeTools } from '../scripts/tiny-programs.ts';

it('shows each tool with its version and where it came from', async () => {
  await using temp = await openTempFolder();
  await writeTools(temp.path);
  const { lines } = await runDoctor({ toolbox: open(temp.path), root: true });
  expect(lines.find((line) => line.includes(' k6 '))).toMatch(/^ ok .*1\.8\.1 .*PATH .*\/k6$/);
  expect(lines.find((line) => line.includes(' node '))).toContain(process.versions.node);
});

it('is not content when a tool is missing, and says what it is for', async () => {
  await using temp = await openTempFolder();
  await writeTools(temp.path, { without: ['weed'] });
  const { lines, ok } = await runDoctor({ toolbox: open(temp.path), root: true });
  expect(ok).toBe(false);
  expect(lines.find((line) => line.includes(' weed '))).toMatch(
    /^ {2}! .*not found; wanted: weed 4\.0 or newer/,
  );
  expect(lines.at(-1)).toContain('npm run setup');
});

it('says why a program was not used', async () => {
  await using temp = await openTempFolder();
  await writeTools(temp.path);
  await writeProgram(path.join(temp.path, 'k6'), answers('k6 v0.57.0'));
  const { lines } = await runDoctor({ toolbox: open(temp.path), root: true });
  expect(lines.join('\n')).toContain(
    `${path.join(temp.path, 'k6')} is 0.57.0, and we need 1.8 or newer: not used`,
  );
});

it('does not ask for setpriv where it is not root', async () => {
  await using temp = await openTempFolder();
  await writeTools(temp.path, { without: ['setpriv'] });
  const { lines } = await runDoctor({ toolbox: open(temp.path), root: false });
  expect(lines.find((line) => line.includes(' setpriv '))).toMatch(/^ {2}- /);
});

function open(folder: string): Toolbox {
  return openToolbox({ PATH: folder, HOME: folder, MUSTER_TOOL_FOLDERS: '' });
}
