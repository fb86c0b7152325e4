import { KUBERNETES_TOOLS } from './kubernetes-tools.ts';

/** How a tool is told from a stranger of the same name, and which of its versions we can use. */
export interface ToolSpec {
  /** Names of its executable, the likeliest first. */
  readonly executables: readonly string[];
  /** Arguments that make it print its version and end. */
  readonly versionArgs: readonly string[];
  /** Matches what it prints. The first group is the version; without one the tool does not tell it. */
  readonly answer: RegExp;
  /** Oldest version we use. Absent when the tool does not tell its version. */
  readonly minimum?: string;
  /** Folders to look in after PATH. `*` stands for a version, newest first; `~` and `$GOPATH` are expanded. */
  readonly folders?: readonly string[];
  /** Tools that work only with others of the very same build, from one folder. */
  readonly family?: 'postgresql';
  /** Wrappers whose text holds this are no use to us. */
  readonly refuse?: RegExp;
  /** Not wanted by this user or on this system at all. */
  readonly onlyForRoot?: boolean;
  /** Used where it is found; nothing is wrong without it, and set-up does not bring it. */
  readonly optional?: boolean;
  /** What Muster needs it for, for people. */
  readonly purpose: string;
}

const POSTGRESQL_FOLDERS = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/opt/homebrew/opt/postgresql@*/bin',
];
const SYSTEM_FOLDERS = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/bin', '/sbin'];

function postgresql(executable: string, purpose: string): ToolSpec {
  return {
    executables: [executable],
    versionArgs: ['--version'],
    answer: /\(PostgreSQL\) (\d+(?:\.\d+)?)/,
    minimum: '14',
    folders: POSTGRESQL_FOLDERS,
    family: 'postgresql',
    purpose,
  };
}

function utilLinux(executable: string, purpose: string): ToolSpec {
  return {
    executables: [executable],
    versionArgs: ['--version'],
    answer: /util-linux (\d+\.\d+)/,
    minimum: '2.38',
    purpose,
  };
}

function iproute2(executable: string, purpose: string): ToolSpec {
  return {
    executables: [executable],
    versionArgs: ['-Version'],
    answer: /iproute2-(?:ss)?(\d+(?:\.\d+)*)/,
    minimum: '5.0',
    purpose,
  };
}

/** The programs that a drill and the plain lab start, as data. */
const TOOLS = {
  initdb: postgresql('initdb', 'makes the scratch database cluster'),
  postgres: postgresql('postgres', 'runs the scratch database'),
  pg_ctl: postgresql('pg_ctl', 'starts and stops the scratch database'),
  pg_dump: postgresql('pg_dump', "takes the lab's backups"),
  pg_restore: postgresql('pg_restore', 'restores a dump'),
  psql: postgresql('psql', 'restores a plain dump'),
  chromium: {
    // The first is the same browser without the windows that nobody sees: it starts in a fraction of the time.
    executables: [
      'chromium-headless-shell',
      ...['chromium', 'google-chrome-stable', 'google-chrome', 'chromium-browser', 'chrome'],
    ],
    versionArgs: ['--version'],
    answer: /(?:Chromium|Google Chrome(?: for Testing)?) (\d+(?:\.\d+)*)/,
    minimum: '120',
    folders: [
      '/opt/google/chrome',
      '$PLAYWRIGHT/chromium-*/chrome-linux',
      '$PLAYWRIGHT/chromium-*/chrome-linux64',
    ],
    // A snap is confined: it sees neither our profile folders nor the HOME that holds the lab's CA.
    refuse: /\/snap\/|snap install/,
    purpose: 'signs users in and checks messages',
  },
  certutil: {
    executables: ['certutil'],
    versionArgs: ['-H'],
    answer: /Add a certificate to the database/,
    purpose: "gives the browser the lab's CA",
  },
  k6: {
    executables: ['k6'],
    versionArgs: ['version'],
    answer: /k6(?:\.exe)? v(\d+\.\d+\.\d+)/,
    minimum: '1.8',
    folders: ['$GOPATH/bin'],
    purpose: 'puts load on the restored site',
  },
  weed: {
    executables: ['weed'],
    versionArgs: ['version'],
    answer: /version \S+ (\d+\.\d+)/,
    minimum: '4.0',
    folders: ['$GOPATH/bin'],
    purpose: "is the lab's S3 server (SeaweedFS)",
  },
  named: {
    executables: ['named'],
    versionArgs: ['-v'],
    answer: /BIND (\d+\.\d+\.\d+)/,
    minimum: '9.16',
    purpose: "is the lab's authoritative DNS server",
  },
  nsupdate: {
    executables: ['nsupdate'],
    versionArgs: ['-V'],
    answer: /nsupdate (\d+\.\d+\.\d+)/,
    minimum: '9.16',
    purpose: 'switches a DNS name by RFC 2136',
  },
  'tsig-keygen': {
    executables: ['tsig-keygen'],
    versionArgs: ['-h'],
    answer: /tsig-keygen \[-a/,
    purpose: 'makes the key for DNS updates in the lab',
  },
  unbound: {
    executables: ['unbound'],
    versionArgs: ['-V'],
    answer: /Version (\d+\.\d+\.\d+)/,
    minimum: '1.13',
    purpose: "is the lab's caching DNS resolver",
  },
  zstd: {
    executables: ['zstd'],
    versionArgs: ['--version'],
    answer: /v(\d+\.\d+\.\d+)/,
    minimum: '1.4',
    purpose: 'reads dumps that end in .zst',
  },
  setpriv: {
    ...utilLinux('setpriv', 'takes root away from servers that must not have it'),
    minimum: '2.33',
    onlyForRoot: true,
  },
  unshare: utilLinux('unshare', 'gives the restored copy a network of its own'),
  nsenter: utilLinux('nsenter', 'starts programs in the network of the restored copy'),
  ip: iproute2('ip', 'makes attempts to leave the scratch possible, so that they can be counted'),
  ss: iproute2('ss', 'finds Unix sockets that lead out of the scratch'),
  nft: {
    executables: ['nft'],
    versionArgs: ['--version'],
    answer: /nftables v(\d+(?:\.\d+)*)/,
    minimum: '0.9.3',
    purpose: 'counts attempts to leave the scratch',
  },
  openssl: {
    executables: ['openssl'],
    versionArgs: ['version'],
    answer: /OpenSSL (\d+\.\d+\.\d+)/,
    minimum: '1.1.1',
    purpose: "makes the lab's certificates",
  },
  ffmpeg: {
    executables: ['ffmpeg', 'ffmpeg-linux'],
    versionArgs: ['-encoders'],
    // The one encoder that Playwright asks for.
    answer: /libvpx-vp9[^]*ffmpeg version (\S+)/,
    folders: ['$PLAYWRIGHT/ffmpeg-*'],
    optional: true,
    purpose: 'films checks that fail, where message texts may be kept',
  },
} as const satisfies Record<string, ToolSpec>;

export type ToolName = keyof typeof TOOLS | keyof typeof KUBERNETES_TOOLS;

export const TOOL_NAMES = Object.keys(TOOLS) as readonly ToolName[];

/** Those of the Kubernetes lab alone: who does not ask for it need not have them. */
export const KUBERNETES_TOOL_NAMES = Object.keys(KUBERNETES_TOOLS) as readonly ToolName[];

/** A tool's row; folders include the usual ones of a system. */
export function toolSpec(name: ToolName): ToolSpec {
  const spec: ToolSpec = { ...TOOLS, ...KUBERNETES_TOOLS }[name];
  return { ...spec, folders: [...(spec.folders ?? []), ...SYSTEM_FOLDERS] };
}

/** "k6 1.8 or newer", or the bare name of a tool that does not tell its version. */
export function wantedVersion(name: ToolName): string {
  const { minimum } = toolSpec(name);
  return minimum === undefined ? name : `${name} ${minimum} or newer`;
}
