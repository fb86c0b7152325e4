import { readlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { filmSettings } from '../../../src/steps/verify/film.ts';
import { openTempFolder } from '../../scripts/tiny-programs.ts';

const FFMPEG = { path: '/opt/ffmpeg', version: '7.1', source: 'system' } as const;

it('puts ffmpeg where Playwright says that it looks for it', async () => {
  await using folder = await openTempFolder();
  const settings = await filmSettings({ messageTexts: 'keep' }, folder.path, async () => FFMPEG);
  expect(settings['MUSTER_FILM_FOLDER']).toBe(path.join(folder.path, 'films'));
  const cli = createRequire(import.meta.url).resolve('@playwright/test/cli');
  const { stdout } = await execa(process.execPath, [cli, 'install', '--dry-run', 'ffmpeg'], {
    env: settings,
  });
  const place = /Install location: +(\S+)/.exec(stdout)?.[1] ?? '';
  expect(await readlink(path.join(place, 'ffmpeg-linux'))).toBe(FFMPEG.path);
});

it.each([
  ['texts must not be kept', { messageTexts: 'redact' }, FFMPEG],
  ['there is no ffmpeg', { messageTexts: 'keep' }, undefined],
] as const)('films nothing where %s', async (_why, config, ffmpeg) => {
  await using folder = await openTempFolder();
  expect(await filmSettings(config, folder.path, async () => ffmpeg)).toEqual({ MUSTER_FILM_FOLDER: '' });
});
