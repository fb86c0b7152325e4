import { setTimeout as sleep } from 'node:timers/promises';
import { lastWords, runCommand, type CommandResult, type Say } from './progress.ts';
import { QUIET_INSTALL, withoutMainCluster, withoutServiceStarts } from './quiet-install.ts';

const LOCK_RETRY_MS = 5_000;
const LOCK_PATIENCE_MS = 15 * 60_000;

/** Installs packages, and leaves no service of theirs running or enabled. False when apt cannot. */
export async function installPackages(packages: readonly string[], say: Say): Promise<boolean> {
  const install = (names: readonly string[]): Promise<CommandResult> =>
    apt(['install', '--yes', '--no-install-recommends', ...names], `apt-get install ${names.join(' ')}`, say);
  const installOrUpdate = async (names: readonly string[]): Promise<CommandResult> => {
    const first = await install(names);
    if (first.ok) return first;
    // New machines have no package lists, old ones have lists of packages that are gone.
    say('  apt-get: asking for newer package lists');
    const update = await apt(['update'], 'apt-get update', say);
    return update.ok ? install(names) : update;
  };
  const { ok, output } = await withoutServiceStarts(say, async () => {
    if (!packages.includes('postgresql')) return installOrUpdate(packages);
    // This package brings the file that says whether a new server gets a cluster of its own.
    const common = await installOrUpdate(['postgresql-common']);
    return common.ok ? withoutMainCluster(() => installOrUpdate(packages)) : common;
  });
  if (!ok) say(`  apt-get: ${lastWords(output)}`);
  return ok;
}

/** Waits while another apt or dpkg holds the lock: on a new machine that is often the unattended upgrade. */
async function apt(args: readonly string[], title: string, say: Say): Promise<CommandResult> {
  for (const deadline = performance.now() + LOCK_PATIENCE_MS; ;) {
    const result = await runCommand('apt-get', ['--quiet', ...args], {
      title,
      say,
      env: {
        ...QUIET_INSTALL,
        DEBIAN_FRONTEND: 'noninteractive',
        APT_LISTCHANGES_FRONTEND: 'none',
        NEEDRESTART_MODE: 'l',
        LC_ALL: 'C.UTF-8',
      },
    });
    if (result.ok || !isLocked(result.output) || performance.now() > deadline) return result;
    say(`  waiting for another package installation to end: ${lastWords(result.output)}`);
    await sleep(LOCK_RETRY_MS);
  }
}

function isLocked(output: string): boolean {
  return /Could not get lock|Unable to (?:acquire the dpkg frontend lock|lock)|dpkg status database is locked/i.test(
    output,
  );
}
