import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand, type Say } from './progress.ts';

/** Services that come with the packages we install. */
const SERVICES = ['postgresql', 'named', 'named-resolvconf', 'unbound', 'unbound-resolvconf'];

const MARK = '# Written by the set-up of Muster while it installs packages; safe to delete.';

interface ServiceState {
  readonly active: boolean;
  readonly enabled: boolean;
}

/**
 * Installs packages without starting what they bring: a policy-rc.d (the way that Debian's invoke-rc.d asks the
 * administrator) refuses each start, and afterwards what is newly active or enabled is stopped and disabled.
 * A service that was active or enabled before stays so; a policy-rc.d of the administrator's own is left alone.
 */
export async function withoutServiceStarts<T>(say: Say, install: () => Promise<T>, root = '/'): Promise<T> {
  const before = await readServices(say);
  const policy = path.join(root, 'usr/sbin/policy-rc.d');
  const ours = !existsSync(policy) || (await readFile(policy, 'utf8')).includes(MARK);
  const remove = async (): Promise<void> => (ours ? rm(policy, { force: true }) : undefined);
  const stopListening = onInterrupt(remove);
  try {
    // 101: action forbidden by policy (invoke-rc.d(8)).
    if (ours) await writeFile(policy, `#!/bin/sh\n${MARK}\nexit 101\n`, { mode: 0o755 });
    return await install();
  } finally {
    stopListening();
    await remove();
    await stopNewServices(before, say);
  }
}

/** Keeps a PostgreSQL server package from creating and starting a cluster on port 5432. */
export async function withoutMainCluster<T>(install: () => Promise<T>, root = '/'): Promise<T> {
  const file = path.join(root, 'etc/postgresql-common/createcluster.conf');
  const original = await readFile(file, 'utf8').catch(() => undefined);
  const restore = async (): Promise<void> =>
    original === undefined ? rm(file, { force: true }) : writeFile(file, original);
  const stopListening = onInterrupt(restore);
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `${original ?? ''}\n${MARK}\ncreate_main_cluster = false\n`);
    return await install();
  } finally {
    stopListening();
    await restore();
  }
}

async function readServices(say: Say): Promise<ReadonlyMap<string, ServiceState>> {
  const states = SERVICES.map(async (service) => {
    const active = (await systemctl(['is-active', service], say)) === 'active';
    // Exactly this word: a unit that is static or an alias also counts as enabled by exit code.
    const enabled = (await systemctl(['is-enabled', service], say)) === 'enabled';
    return [service, { active, enabled }] as const;
  });
  return new Map(await Promise.all(states));
}

async function stopNewServices(before: ReadonlyMap<string, ServiceState>, say: Say): Promise<void> {
  for (const [service, now] of await readServices(say)) {
    const then = before.get(service);
    if (now.active && !then?.active) {
      await systemctl(['stop', service], say);
      say(`  stopped ${service}, which this installation had started`);
    }
    if (now.enabled && !then?.enabled) {
      await systemctl(['disable', service], say);
      say(`  disabled ${service}, which this installation had enabled`);
    }
  }
}

/** Its first word. Where systemd is not the init system nothing is active; enabling is only links, and can be asked. */
async function systemctl(args: readonly string[], say: Say): Promise<string> {
  const { output } = await runCommand('systemctl', args, { title: 'systemctl', say });
  return output.trim().split(/\s/, 1)[0] ?? '';
}

/** Ctrl-C must not leave a machine on which no service can be started any more. */
function onInterrupt(cleanUp: () => Promise<void>): () => void {
  const interrupted = (signal: NodeJS.Signals): void => {
    void cleanUp().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  return () => void process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
}
