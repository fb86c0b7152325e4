import { chmod, mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { compareVersions, openToolbox, wantedTools, type Toolbox } from '../../src/support/tools.ts';
import { ANSWERS, answers, openTempFolder, writeProgram, writeTools } from '../scripts/tiny-programs.ts';

it('takes a tool from PATH when it is new enough', async () => {
  await using temp = await openTempFolder();
  const { at, toolbox } = open(temp.path);
  await writeTools(at('path'));
  await writeTools(at('system'));
  expect(await toolbox.find('k6')).toEqual({ path: at('path/k6'), version: '1.8.1', source: 'PATH' });
});

it('passes over one that is too old, says why, and takes the one of the system', async () => {
  await using temp = await openTempFolder();
  const { at, toolbox } = open(temp.path);
  await writeProgram(at('path/k6'), answers('k6 v0.57.0 (go1.23)'));
  await writeTools(at('system'));
  expect(await toolbox.find('k6')).toEqual({ path: at('system/k6'), version: '1.8.1', source: 'system' });
  expect(await toolbox.refused('k6')).toEqual([
    { path: at('path/k6'), reason: 'is 0.57.0, and we need 1.8 or newer' },
  ]);
});

it('looks into its cache last', async () => {
  await using temp = await openTempFolder();
  const { at, toolbox } = open(temp.path);
  await writeProgram(at('cache/muster/weed-4.48/bin/weed'), answers(ANSWERS['weed'] ?? ''));
  expect(await toolbox.find('weed')).toEqual({
    path: at('cache/muster/weed-4.48/bin/weed'),
    version: '4.48',
    source: 'cache',
  });
});

it('does not take a half-installed tool from its cache', async () => {
  await using temp = await openTempFolder();
  const { at, toolbox } = open(temp.path);
  await writeProgram(at('cache/muster/.weed-4.48-x1y2z3/bin/weed'), answers(ANSWERS['weed'] ?? ''));
  expect(await toolbox.find('weed')).toBeUndefined();
});

it('passes over a stranger of the same name', async () => {
  await using temp = await openTempFolder();
  const { at, toolbox } = open(temp.path);
  await writeProgram(at('path/certutil'), 'echo "unknown option"; exit 1');
  expect(await toolbox.find('certutil')).toBeUndefined();
  expect((await toolbox.refused('certutil'))[0]?.reason).toBe('does not answer `certutil -H`');
});

it('passes over a file that is not executable, and a folder', async () => {
  await using temp = await openTempFolder();
  const { at, toolbox } = open(temp.path);
  await writeTools(at('path'));
  await chmod(at('path/zstd'), 0o644);
  await mkdir(at('system/zstd'), { recursive: true });
  expect(await toolbox.find('zstd')).toBeUndefined();
});

it('passes over a stray PostgreSQL server on PATH and takes all its tools from one folder', async () => {
  await using temp = await openTempFolder();
  const { at, toolbox } = open(temp.path);
  await writeProgram(at('path/postgres'), answers('postgres (PostgreSQL) 17.1'));
  await writeProgram(at('path/psql'), answers('psql (PostgreSQL) 17.1'));
  await writeTools(at('system'));
  expect(await toolbox.require('postgres')).toBe(at('system/postgres'));
  expect(await toolbox.require('psql')).toBe(at('system/psql'));
});

it('does not mix PostgreSQL tools of different versions', async () => {
  await using temp = await openTempFolder();
  const { at, toolbox } = open(temp.path);
  await writeTools(at('path'));
  await writeProgram(at('path/pg_restore'), answers('pg_restore (PostgreSQL) 14.9'));
  await writeTools(at('system'));
  expect(await toolbox.require('pg_restore')).toBe(at('system/pg_restore'));
  expect(await toolbox.require('initdb')).toBe(at('system/initdb'));
});

it('takes a lone client where there is no server at all', async () => {
  await using temp = await openTempFolder();
  const { at, toolbox } = open(temp.path);
  await writeProgram(at('path/pg_restore'), answers('pg_restore (PostgreSQL) 16.4'));
  expect(await toolbox.require('pg_restore')).toBe(at('path/pg_restore'));
  expect(await toolbox.find('postgres')).toBeUndefined();
});

it('prefers the newest of several installed versions, by number', async () => {
  await using temp = await openTempFolder();
  const { at } = open(temp.path);
  await writeTools(at('9.6/bin'));
  await writeTools(at('16/bin'));
  const toolbox = openToolbox({ PATH: '', HOME: temp.path, MUSTER_TOOL_FOLDERS: at('*/bin') });
  expect(await toolbox.require('pg_dump')).toBe(at('16/bin/pg_dump'));
});

it('takes the browser without windows where both are', async () => {
  await using temp = await openTempFolder();
  const { at, toolbox } = open(temp.path);
  await writeProgram(at('path/chromium'), answers(ANSWERS['chromium'] ?? ''));
  await writeProgram(at('path/chromium-headless-shell'), answers(ANSWERS['chromium'] ?? ''));
  expect(await toolbox.require('chromium')).toBe(at('path/chromium-headless-shell'));
});

it('refuses a browser that is a snap, by wrapper or by link', async () => {
  await using temp = await openTempFolder();
  const { at, toolbox } = open(temp.path);
  await writeProgram(at('path/chromium'), `exec /snap/bin/chromium "$@"`);
  await writeProgram(at('snap/bin/chromium'), answers(ANSWERS['chromium'] ?? ''));
  await mkdir(at('system'));
  await symlink(at('snap/bin/chromium'), at('system/chromium'));
  expect(await toolbox.find('chromium')).toBeUndefined();
  expect(await toolbox.refused('chromium')).toHaveLength(2);
});

it('rejects with TOOL_MISSING, the wanted version, what was refused and what to do', async () => {
  await using temp = await openTempFolder();
  const { at, toolbox } = open(temp.path);
  await writeProgram(at('path/unbound'), answers('Version 1.9.0'));
  await expect(toolbox.require('unbound')).rejects.toMatchObject({
    code: 'TOOL_MISSING',
    message: "unbound 1.13 or newer was not found; it is the lab's caching DNS resolver",
    hint: expect.stringContaining('npm run setup'),
    details: { [at('path/unbound')]: 'is 1.9.0, and we need 1.13 or newer' },
  });
});

it('asks each program once', async () => {
  await using temp = await openTempFolder();
  const { at, toolbox } = open(temp.path);
  await writeProgram(
    at('path/zstd'),
    `test -e ${at('asked')} && exit 1\ntouch ${at('asked')}\n${answers('v1.5.4')}`,
  );
  expect(await toolbox.require('zstd')).toBe(await toolbox.require('zstd'));
});

it('names what is missing in the versions for reports', async () => {
  await using temp = await openTempFolder();
  const { at, toolbox } = open(temp.path);
  await writeTools(at('path'), { without: ['weed'] });
  expect(await toolbox.versions(['weed', 'k6', 'certutil'])).toEqual({
    weed: 'missing',
    k6: '1.8.1',
    certutil: 'unknown',
  });
});

it('wants setpriv for root alone', () => {
  expect(wantedTools(true)).toContain('setpriv');
  expect(wantedTools(false)).not.toContain('setpriv');
});

it('wants ffmpeg of nobody, and takes only one that can write what Playwright asks for', async () => {
  expect(wantedTools(true)).not.toContain('ffmpeg');
  await using temp = await openTempFolder();
  const { at, toolbox } = open(temp.path);
  await writeProgram(at('path/ffmpeg'), answers('ffmpeg version 5.1.9\n V..... libx264 H.264'));
  await writeProgram(at('system/ffmpeg'), answers(' V..... libvpx-vp9 VP9\nffmpeg version 7.1-deb'));
  expect(await toolbox.find('ffmpeg')).toMatchObject({ path: at('system/ffmpeg'), version: '7.1-deb' });
});

it.each([
  ['16', '9.6', 1],
  ['1.8', '1.8.0', 0],
  ['1.8.1', '1.10', -1],
])('compares %s with %s', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});

/** PATH is `path/`, the system's folder is `system/`, the cache is `cache/`, all below one folder. */
function open(folder: string): { at: (name: string) => string; toolbox: Toolbox } {
  const at = (name: string): string => path.join(folder, name);
  const env = {
    PATH: at('path'),
    HOME: folder,
    XDG_CACHE_HOME: at('cache'),
    MUSTER_TOOL_FOLDERS: at('system'),
  };
  return { at, toolbox: openToolbox(env) };
}
