import { lastWords, runCommand, type Say } from './progress.ts';
import { isRoot } from './system.ts';

/** Playwright's own Chromium, into Playwright's own cache: it pins the build and checks the download. */
export async function installPlaywrightChromium(say: Say): Promise<boolean> {
  const args = ['--no-install', 'playwright', 'install', ...(isRoot() ? ['--with-deps'] : []), 'chromium'];
  const { ok, output } = await runCommand('npx', args, {
    title: "Playwright's Chromium",
    say,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (!ok) say(`  playwright: ${lastWords(output)}`);
  return ok;
}
