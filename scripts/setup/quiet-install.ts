import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand, type Say } from './progress.ts';

/** Services that come with the packages we install. */
const SERVICES = [
  ...['postgresql', 'named', 'named-resolvconf', 'unbound', 'unbound-resolvconf'],
  ...['etcd', 'containerd'],
];

/** Set for our own package installations, and inherited by the scripts of each package. */
export const QUIET_INSTALL = { MUSTER_QUIET_INSTALL: '1' };

const MARK = '# Written by the set-up of Muster while it installs packages; safe to delete.';

/** 101: action forbidden by policy (invoke-rc.d(8)). An upgrade that runs at the same time may restart its services. */
const POLICY = `#!/bin/sh
${MARK}
test -n "$MUSTER_QUIET_INSTALL" && exit 101
exit 0
`;

/**
 * Installs packages without starting what they bring: a policy-rc.d (the way that Debian's invoke-rc.d asks the
 * administrator) refuses each start that our own installation asks for, and afterwards the services that are new are stopped and disabled.
 * A service that was installed before stays as it is; so does a policy-rc.d of the administrator's own.
 */
export async function withoutServiceStarts<T>(say: Say, install: () => Promise<T>, root = '/'): Promise<T> {
  const before = findServices(root);
  const policy = path.join(root, 'usr/sbin/policy-rc.d');
  const ours = !existsSync(policy) || (await readFile(policy, 'utf8')).includes(MARK);
  const remove = async (): Promise<void> => (ours ? rm(policy, { force: true }) : undefined);
  const stopListening = onInterrupt(remove);
  try {
    if (ours) await writeFile(policy, POLICY, { mode: 0o755 });
    return await install();
  } finally {
    stopListening();
    await remove();
    const brought = findServices(root).filter((service) => !before.includes(service));
    for (const service of brought) await silence(service, say);
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

function findServices(root: string): string[] {
  const folders = ['lib/systemd/system', 'usr/lib/systemd/system'].map((folder) => path.join(root, folder));
  return SERVICES.filter((service) =>
    folders.some((folder) => existsSync(path.join(folder, `${service}.service`))),
  );
}

async function silence(service: string, say: Say): Promise<void> {
  const unit = `${service}.service`;
  // Where systemd is not (yet) the init system there is nothing to stop, but a start at boot to prevent.
  await runCommand('systemctl', ['stop', unit], { title: 'systemctl', say });
  const { ok } = await runCommand('systemctl', ['disable', unit], { title: 'systemctl', say });
  if (!ok) await runCommand('deb-systemd-helper', ['disable', unit], { title: 'deb-systemd-helper', say });
  say(`  stopped and disabled ${service}, which this installation brought`);
}

/** Ctrl-C must not leave a machine on which no service can be started any more. */
function onInterrupt(cleanUp: () => Promise<void>): () => void {
  const interrupted = (signal: NodeJS.Signals): void => {
    void cleanUp().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  return () => void process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
}
