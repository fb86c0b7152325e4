import { mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Config } from '../../model/config.ts';
import { findTool } from '../../support/tools.ts';

/**
 * What Playwright is told, so that its browsers film or don't. A film shows all texts, so there is one only where they
 * may be kept, and where ffmpeg is found. Playwright takes no path of it: it looks in a folder of its own making, of
 * which this puts a copy with a link to the ffmpeg of this machine below `folder`.
 */
export async function filmSettings(
  { messageTexts }: Pick<Config['privacy'], 'messageTexts'>,
  folder: string,
  find: typeof findTool = findTool,
): Promise<Readonly<Record<string, string>>> {
  const ffmpeg = messageTexts === 'keep' ? await find('ffmpeg') : undefined;
  // Said in any case: what the environment of our own process has must not decide it.
  if (ffmpeg === undefined) return { MUSTER_FILM_FOLDER: '' };
  const browsers = path.join(folder, 'browsers');
  const place = path.join(browsers, `ffmpeg-${await readRevision()}`);
  await mkdir(place, { recursive: true });
  await symlink(ffmpeg.path, path.join(place, 'ffmpeg-linux'));
  return { MUSTER_FILM_FOLDER: path.join(folder, 'films'), PLAYWRIGHT_BROWSERS_PATH: browsers };
}

/** Of the ffmpeg that this version of Playwright looks for. */
async function readRevision(): Promise<string> {
  const playwright = createRequire(createRequire(import.meta.url).resolve('@playwright/test/package.json'));
  const core = path.dirname(playwright.resolve('playwright-core/package.json'));
  const { browsers } = JSON.parse(await readFile(path.join(core, 'browsers.json'), 'utf8')) as {
    browsers: readonly { readonly name: string; readonly revision: string }[];
  };
  return browsers.find(({ name }) => name === 'ffmpeg')?.revision ?? '';
}
