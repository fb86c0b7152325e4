import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What each real tool prints when it is asked for its version, reduced to what tells it from others. */
export const ANSWERS: Readonly<Record<string, string>> = {
  initdb: 'initdb (PostgreSQL) 16.4',
  postgres: 'postgres (PostgreSQL) 16.4',
  pg_ctl: 'pg_ctl (PostgreSQL) 16.4',
  pg_dump: 'pg_dump (PostgreSQL) 16.4',
  pg_restore: 'pg_restore (PostgreSQL) 16.4',
  psql: 'psql (PostgreSQL) 16.4',
  chromium: 'Chromium 150.0.1.2 built on Debian',
  certutil: '-A   Add a certificate to the database   (create if needed)',
  k6: 'k6 v1.8.1 (go1.26.8, linux/amd64)',
  weed: 'version 8000GB 4.48 pypi linux amd64',
  named: 'BIND 9.18.49-Debian (Extended Support Version)',
  nsupdate: 'nsupdate 9.18.49',
  'tsig-keygen': 'Usage:\n tsig-keygen [-a alg] [keyname]',
  unbound: 'Version 1.17.1',
  zstd: '*** Zstandard CLI (64-bit) v1.5.4, by Yann Collet ***',
  setpriv: 'setpriv from util-linux 2.38.1',
  unshare: 'unshare from util-linux 2.38.1',
  nsenter: 'nsenter from util-linux 2.38.1',
  ip: 'ip utility, iproute2-6.1.0, libbpf 1.1.2',
  ss: 'ss utility, iproute2-6.1.0',
  nft: 'nftables v1.0.6 (Lester Gooch #5)',
  openssl: 'OpenSSL 3.0.19 27 Jan 2026',
};

/** The same for the Kubernetes lab. */
export const KUBERNETES_ANSWERS: Readonly<Record<string, string>> = {
  etcd: 'etcd Version: 3.4.23\nGit SHA: Not provided',
  containerd: 'containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3',
  ctr: 'ctr github.com/containerd/containerd 1.6.20~ds1',
  runc: 'runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1+deb12u1',
  busybox: 'BusyBox v1.35.0 (Debian 1:1.35.0-4+b1) multi-call binary.',
  ptp: 'CNI ptp plugin version unknown\nCNI protocol versions supported: 0.1.0, 1.0.0',
  'host-local': 'CNI host-local plugin version unknown\nCNI protocol versions supported: 0.1.0, 1.0.0',
  'kube-apiserver': 'Kubernetes v1.36.3',
  'kube-controller-manager': 'Kubernetes v1.36.3',
  'kube-scheduler': 'Kubernetes v1.36.3',
  'kube-proxy': 'Kubernetes v1.36.3',
  kubelet: 'Kubernetes v1.36.3',
  velero: 'Client:\n\tVersion: v1.18.3\n\tGit commit: -clean',
  'velero-restore-helper': 'ERROR: exactly one argument must be provided',
  'velero-plugin-for-aws': 'This binary is a plugin. These are not meant to be executed directly.',
  traefik: 'Version:      3.7.15\nCodename:     langres\nGo version:   go1.26.3',
};

/** A folder that is removed at the end of the scope. */
export async function openTempFolder(): Promise<{ path: string } & AsyncDisposable> {
  const folder = await mkdtemp(path.join(tmpdir(), 'muster-test-'));
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Writes a shell script that runs with the system's own PATH, whatever PATH it is found on. */
export async function writeProgram(file: string, body: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${body}\n`);
  await chmod(file, 0o755);
}

export function answers(text: string): string {
  return `cat <<'END'\n${text}\nEND`;
}

/** Fills a folder with programs that answer like the real ones, but for those named. */
export async function writeTools(
  folder: string,
  { without = [], kubernetes = false }: { without?: readonly string[]; kubernetes?: boolean } = {},
): Promise<void> {
  for (const [name, text] of Object.entries({ ...ANSWERS, ...(kubernetes && KUBERNETES_ANSWERS) })) {
    if (!without.includes(name)) await writeProgram(path.join(folder, name), answers(text));
  }
}

export interface Outcome {
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs one of Muster's own scripts with this environment and no other; `pretend` runs in it first. */
export function runNode(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  pretend = '',
): Promise<Outcome> {
  const file = path.join(import.meta.dirname, '../..', script);
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, file, ...args],
    { env },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => void (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (output += chunk.toString()));
  return new Promise((resolve) => child.once('close', (exitCode) => resolve({ exitCode, output })));
}
