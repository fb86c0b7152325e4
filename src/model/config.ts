import { z } from 'zod';
import { parseDuration } from './duration.ts';
import { waiverSchema } from './waiver.ts';

/** A length of time with its unit: "90s", "15m", "2h", "1h30m", "7d". Parsed to milliseconds. */
const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, {
    error: 'must be a duration such as "90s", "15m" or "2h"',
  })
  .transform((text) => parseDuration(text) ?? 0)
  .describe('A duration with its unit, such as "90s", "15m", "2h" or "7d"');

/** Where a secret is, never what it is. */
const secret = z
  .union([
    z.strictObject({
      env: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { abort: true })
        .describe('Name of the environment variable'),
    }),
    z.strictObject({ file: z.string().min(1).describe('Path of a file; one trailing newline is dropped') }),
  ])
  .describe('A reference to a secret: { env: NAME } or { file: PATH }');
export type SecretRef = z.output<typeof secret>;

/** A web address without credentials: those would be written to the run folder with the rest of the config. */
const webAddress = z.url({ error: 'must be a web address such as "https://chat.example.com"' }).refine(
  (text) => {
    const url = URL.parse(text);
    return url === null || !(url.username || url.password || url.searchParams.has('sig'));
  },
  {
    error:
      'must not hold a user, password or signature: refer to secrets with { env: NAME } or { file: PATH }',
  },
);

const hostPort = z
  .string()
  .regex(/^[^:\s]+:\d+$/, { error: 'must be "address:port", such as "127.0.0.1:53"' });

const s3Store = z.strictObject({
  kind: z.literal('s3'),
  bucket: z.string().min(1),
  prefix: z.string().default(''),
  region: z.string().default('us-east-1'),
  endpoint: webAddress.optional().describe('For S3-compatible servers; leave out for AWS'),
  forcePathStyle: z.boolean().default(false),
  accessKeyId: secret
    .optional()
    .describe("Leave both keys out to use the SDK's default chain (IRSA, profiles, instance roles)"),
  secretAccessKey: secret.optional(),
  sessionToken: secret.optional(),
});
const azureStore = z.strictObject({
  kind: z.literal('azure-blob'),
  container: z.string().min(3),
  prefix: z.string().default(''),
  endpoint: webAddress
    .optional()
    .describe('https://ACCOUNT.blob.core.windows.net, when no connection string is given'),
  connectionString: secret.optional(),
  sasToken: secret.optional(),
});
const folderStore = z.strictObject({ kind: z.literal('filesystem'), root: z.string().min(1) });
const storeSchema = z.discriminatedUnion('kind', [s3Store, azureStore, folderStore]);
export type StoreConfig = z.output<typeof storeSchema>;
export type S3StoreConfig = z.output<typeof s3Store>;

const backups = z.strictObject({
  store: storeSchema.describe('The authoritative place of the backups. It is only ever read.'),
  database: z.strictObject({
    prefix: z
      .string()
      .default('db/')
      .describe('Under it: custom, directory or plain dumps (.gz and .zst too), newest wins'),
  }),
  files: z.strictObject({
    prefix: z
      .string()
      .default('files/')
      .describe('Under it: one folder per backup, or one .tar / .tar.gz per backup; newest wins'),
    layout: z
      .enum(['dated', 'live'])
      .default('dated')
      .describe(
        'dated: one folder or tar per backup; live: the prefix itself is a (replicated, versioned) copy of the file store',
      ),
  }),
  configuration: z
    .strictObject({ prefix: z.string().default('config/').describe('Under it: config.json of each backup') })
    .optional()
    .describe('Leave out when the site keeps its configuration in the database'),
  velero: z
    .strictObject({
      prefix: z.string().default('').describe("Velero's own prefix inside the store"),
      namespace: z.string().default('mattermost'),
      schedule: z.string().optional(),
      store: storeSchema.optional().describe("Velero's bucket, when it is another one"),
    })
    .optional(),
  copies: z
    .array(z.strictObject({ name: z.string(), store: storeSchema }))
    .default([])
    .describe('Second copies of the database dump, judged on presence and hash'),
});

const scratchServer = z
  .strictObject({
    kind: z.literal('server'),
    host: z.string(),
    port: z.int().default(5432),
    user: z.string(),
    password: secret,
    name: z
      .string()
      .default('muster_scratch')
      .describe('The scratch database; made by the drill, so it must not exist'),
    sslRootCert: z.string().optional().describe('CA file: with it TLS is demanded and verified'),
  })
  .describe('A scratch database on a server that is given');
const scratchDatabase = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('cluster') }).describe('A PostgreSQL cluster of its own on this machine'),
  scratchServer,
]);

// Mattermost has no setting for a session token.
const scratchStore = s3Store
  .omit({ sessionToken: true })
  .describe(
    'A bucket of the drill, none of production or the backups. Its prefix must hold nothing; each run writes below its own id there, and deletes that again',
  );
const scratchFiles = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('folder') }).describe('A folder in scratch.directory'),
  z
    .strictObject({ kind: z.literal('bucket'), store: scratchStore })
    .describe('A bucket that the restored site serves its files from'),
]);

/** What both kinds of scratch say. */
const anyScratch = {
  directory: z.string().default('/var/tmp/muster-scratch').describe('On the machine that runs the drill'),
  port: z.int().min(1).max(65535).optional().describe('Default: the port of site.url'),
  mayReach: z
    .array(hostPort)
    .default([])
    .describe(
      'Destinations outside that the restored site may reach, besides the secondary IdP and the scratch’s own database server and bucket',
    ),
  hardware: z
    .strictObject({ vcpus: z.number(), memoryGiB: z.number() })
    .optional()
    .describe('What the scratch has, when it is not this machine'),
};

const localScratch = z.strictObject({
  kind: z.literal('local'),
  ...anyScratch,
  address: z.ipv4().default('127.0.0.1').describe('Where the restored site listens'),
  database: scratchDatabase.default({ kind: 'cluster' }),
  files: scratchFiles.default({ kind: 'folder' }).describe('Where the file store is restored to'),
  isolation: z
    .enum(['auto', 'namespace', 'proxy'])
    .default('auto')
    .describe(
      'namespace: the restored copy runs in a network without uplink; proxy: it is only asked to use a proxy that denies, which is the weaker proof; auto: a namespace where this machine can make one',
    ),
});

const objectName = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
  error: 'must be a Kubernetes name such as "mattermost-drill"',
});

const quantity = z.string().regex(/^\d+(\.\d+)?(m|[kMGTP]|[KMGTP]i)?$/, {
  error: 'must be a Kubernetes quantity such as "500m" or "4Gi"',
});

const kubernetesScratch = z
  .strictObject({
    kind: z.literal('kubernetes'),
    ...anyScratch,
    address: z.ipv4().describe('Where the ingress controller answers; clients are sent there'),
    kubeconfig: z
      .string()
      .optional()
      .describe('Default: KUBECONFIG, ~/.kube/config, or the service account of the pod that runs the drill'),
    context: z.string().optional().describe('Of the kubeconfig. Default: its current one'),
    namespace: objectName
      .default('mattermost-drill')
      .describe('The scratch namespace; made by the drill, so it must not exist'),
    velero: z
      .strictObject({ namespace: objectName.default('velero') })
      .default({ namespace: 'velero' })
      .describe('Where Velero runs in the cluster'),
    operator: z
      .strictObject({
        namespace: objectName.default('mattermost-operator'),
        deployment: objectName.default('mattermost-operator'),
      })
      .default({ namespace: 'mattermost-operator', deployment: 'mattermost-operator' })
      .describe('The Mattermost Operator: held at zero replicas until the copy is quarantined'),
    ingressClass: objectName.optional().describe('Default: the one of the backup'),
    replicas: z.int().min(1).default(2).describe('Of the restored site'),
    resources: z
      .strictObject({ cpu: quantity, memory: quantity })
      .default({ cpu: '2', memory: '4Gi' })
      .describe('What each replica asks for and may use, as Kubernetes quantities'),
    probeImage: z
      .string()
      .describe('An image with BusyBox, such as "busybox:1.37": it looks from inside at what can be reached'),
    database: scratchServer.describe('A scratch database on a server that runner and pods both reach'),
    files: z
      .discriminatedUnion('kind', [
        z
          .strictObject({
            kind: z.literal('bucket'),
            store: scratchStore.refine(({ accessKeyId, secretAccessKey }) => accessKeyId && secretAccessKey, {
              error: 'needs accessKeyId and secretAccessKey: pods of the copy are given no role',
            }),
          })
          .describe('A bucket that the restored site serves its files from'),
        z
          .strictObject({
            kind: z.literal('volume'),
            storageClass: z.string().optional().describe('Default: the one of the backup'),
          })
          .describe('The volume that the site had its files on, as Velero’s file-system backup saved it'),
      ])
      .describe('Where the restored site has its files'),
  })
  .describe('A namespace of a Kubernetes cluster, restored by Velero');

const scratch = z.discriminatedUnion('kind', [
  localScratch.describe('Processes on this machine'),
  kubernetesScratch,
]);

const application = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('stand-in') })
    .describe('Muster’s own stand-in: every run on it is a rehearsal'),
  z
    .strictObject({
      kind: z.literal('tarball'),
      archive: z.string().min(1).describe('Path or https URL of an official server archive (.tar.gz)'),
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/, { error: 'must be 64 lower-case hex digits' })
        .optional()
        .describe('Demanded for a URL'),
      licence: secret.optional().describe('A non-production licence'),
    })
    .refine(({ archive, sha256 }) => !archive.startsWith('http') || sha256 !== undefined, {
      error: 'a URL needs a sha256 beside it',
      path: ['sha256'],
    }),
  z
    .strictObject({
      kind: z.literal('operator'),
      image: z.string().optional().describe('Default: the one of the backup'),
      version: z.string().optional().describe('Its tag. Default: the one of the backup'),
      licence: secret.optional().describe('A non-production licence'),
      isStandIn: z
        .boolean()
        .default(false)
        .describe('The image is Muster’s own stand-in: every run on it is a rehearsal'),
    })
    .describe('The Mattermost Operator starts the server in the cluster: scratch.kind "kubernetes" needs it'),
]);

const provider = {
  clientId: z.string().min(1),
  clientSecret: secret,
  pages: z
    .enum(['generic'])
    .default('generic')
    .describe("Which page driver gets a browser through this IdP's pages"),
  export: z
    .string()
    .optional()
    .describe('JSON or CSV export of its users: id, username, email, name, active. OIDC has no user list'),
  ca: z.string().optional().describe('CA file for its certificate, when it is a private one'),
  keys: z
    .array(z.string().regex(/^[A-Za-z0-9_-]{43}$/, { error: 'must be a thumbprint: SHA-256 in base64url' }))
    .min(1)
    .optional()
    .describe(
      'Thumbprints (RFC 7638) of the keys that it signed with before the outage. The check `identity.keys` tells those of today',
    ),
};
const secondary = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('gitlab'),
    authorizationUrl: webAddress,
    tokenUrl: webAddress,
    userInfoUrl: webAddress.describe('GitLab-style: answers with a number "id"'),
    discoveryUrl: webAddress.optional().describe('For preflight: keys, metadata and clock'),
    ...provider,
  }),
  z.strictObject({ kind: z.literal('openid'), discoveryUrl: webAddress, ...provider }),
]);

const identity = z.strictObject({
  secondary,
  primary: z.strictObject({
    hosts: z
      .array(z.string())
      .min(1)
      .describe('Host names of the primary IdP: contacting one during the drill is a finding'),
    url: webAddress
      .optional()
      .describe(
        'Where it answers when it lives. Muster asks there whether it was dead while people signed in',
      ),
  }),
  strangers: z
    .enum(['refused', 'created'])
    .default('refused')
    .describe('What must happen to somebody the IdP knows and Mattermost does not'),
});

const dns = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rfc2136'),
    server: hostPort.describe('The authoritative server that takes updates'),
    zone: z.string().min(1),
    name: z.string().min(1).describe('The name that the drill switches, without a trailing dot'),
    ttl: z.int().min(1).default(30),
    key: z.strictObject({ name: z.string(), algorithm: z.string().default('hmac-sha256'), secret }),
    resolvers: z
      .array(hostPort)
      .min(1)
      .describe('Caching resolvers that clients use; the switch is measured at each'),
    servesProduction: z
      .boolean()
      .default(true)
      .describe('Whether the name serves production. Then the switch needs `--confirm NAME` too'),
    allowProductionName: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal('none'),
    name: z.string().min(1),
    resolvers: z.array(hostPort).default([]),
  }),
]);

const member = z
  .strictObject({
    username: z.string().min(1).describe('In Mattermost'),
    part: z
      .enum(['member', 'admin', 'break-glass', 'stranger', 'deactivated'])
      .default('member')
      .describe(
        'member, admin: sign in through the secondary IdP; break-glass: by e-mail and TOTP; stranger: known to the IdP alone; deactivated: must get no way in',
      ),
    idpUsername: z.string().optional().describe('At the IdP, when it is another name'),
    password: secret.describe('At the IdP; for break-glass, in Mattermost'),
    totp: secret.optional().describe('Base32 secret of the authenticator'),
  })
  .describe('A drill user and how it signs in');
export type Member = z.output<typeof member>;

const signing = z.strictObject({
  publicKey: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/, { error: 'must be what `muster init --signing-key FILE` printed' })
    .describe('The public half of the key pair: 32 bytes in base64. Whatever is signed is verified with it'),
  key: secret
    .optional()
    .describe(
      'The private half (PEM). Read only by commands that sign; keep it away from where drills are run',
    ),
});

const baseline = z.strictObject({
  database: z
    .strictObject({
      host: z.string(),
      port: z.int().default(5432),
      name: z.string().default('mattermost'),
      user: z.string().describe('A role that may read everything, and nothing else: pg_read_all_data'),
      password: secret,
      sslRootCert: z.string().optional().describe('CA file: with it TLS is demanded and verified'),
    })
    .describe("The primary's database. Only `muster baseline` opens it"),
  files: storeSchema
    .optional()
    .describe("The primary's file store, to be hashed. Only `muster baseline` opens it"),
  prefix: z.string().default('baselines/').describe('Under it in archive.store'),
  tolerance: duration
    .prefault('15m')
    .describe('How far apart a baseline and the backup of the database may be, to belong to each other'),
});

const settings = z.strictObject({
  site: z.strictObject({
    url: webAddress.describe('Where users reach Mattermost: https://chat.example.com'),
    production: z
      .strictObject({
        hosts: z
          .array(z.string())
          .default([])
          .describe('Host names and addresses of production; "*.corp.example" works'),
        databaseSystemIdentifiers: z
          .array(z.string())
          .default([])
          .describe('select system_identifier from pg_control_system()'),
      })
      .default({ hosts: [], databaseSystemIdentifiers: [] }),
  }),
  objectives: z
    .strictObject({ rpo: duration.optional(), rto: duration.optional(), tier: z.string().optional() })
    .default({})
    .describe("Overrides the drill file's objectives"),
  backups,
  scratch,
  restore: z
    .strictObject({
      order: z.enum(['service-first', 'complete']).default('service-first'),
      jobs: z.int().min(1).optional().describe('Parallel restore jobs. Default: the number of processors'),
    })
    .default({ order: 'service-first' }),
  application,
  identity,
  dns,
  tls: z.strictObject({
    certificate: z.string().describe('PEM file with the chain for the name that the drill switches'),
    key: z.string().describe('PEM file with the private key'),
    ca: z.string().optional().describe('CA file that clients are given, when it is a private one'),
  }),
  members: z.array(member).min(1),
  canary: z
    .strictObject({
      team: z.string(),
      channel: z.string(),
      interval: duration.describe('How often the canary writer posts'),
      record: z.string().optional().describe("The canary writer's own record, kept outside the site"),
    })
    .optional(),
  load: z
    .strictObject({ duration: duration.optional().describe("Overrides the hardware tier's duration") })
    .default({}),
  privacy: z
    .strictObject({
      messageTexts: z
        .enum(['redact', 'keep'])
        .default('redact')
        .describe('redact: screenshots are blurred, and neither traces nor videos are made'),
      userNames: z
        .enum(['mask', 'keep'])
        .default('mask')
        .describe('mask: findings about people name their ids alone. Drill members are named either way'),
    })
    .default({ messageTexts: 'redact', userNames: 'mask' }),
  signing: signing.optional().describe('One Ed25519 key pair; `muster init --signing-key FILE` makes it'),
  waivers: z
    .array(waiverSchema)
    .default([])
    .describe(
      'What may be unverified for a while, signed by somebody who bears it; `muster waive` makes one',
    ),
  baseline: baseline
    .optional()
    .describe('What the site was at the moment of its backup, for the drill to hold the restore against'),
  archive: z
    .strictObject({
      store: storeSchema,
      retain: duration
        .optional()
        .describe('Keeps each file from being deleted, where the store has object lock'),
    })
    .optional()
    .describe('Where reports and evidence are published'),
});

export const configSchema = settings.superRefine((config, { addIssue }) => {
  if (config.waivers.length > 0 && config.signing === undefined)
    addIssue({
      code: 'custom',
      path: ['signing'],
      message: 'is missing, and waivers cannot be verified without it',
    });
  const inCluster = config.scratch.kind === 'kubernetes';
  if (inCluster !== (config.application.kind === 'operator'))
    addIssue({
      code: 'custom',
      path: ['application', 'kind'],
      message: inCluster
        ? 'must be "operator" where scratch.kind is "kubernetes"'
        : 'can be "operator" only where scratch.kind is "kubernetes"',
    });
  if (inCluster && config.backups.velero === undefined)
    addIssue({
      code: 'custom',
      path: ['backups', 'velero'],
      message: 'is needed by scratch.kind "kubernetes"',
    });
  for (const needed of ['signing', 'archive'] as const)
    if (config.baseline !== undefined && config[needed] === undefined)
      addIssue({ code: 'custom', path: [needed], message: 'is needed by baseline' });
});

/** The settings of one site, as written by its operators. */
export type ConfigInput = z.input<typeof configSchema>;
/** The same, parsed: durations in milliseconds, defaults filled in, secrets still references. */
export type Config = z.output<typeof configSchema>;
export type IdentityConfig = Config['identity']['secondary'];
export type DnsConfig = Config['dns'];
export type ApplicationConfig = Config['application'];
export type ScratchConfig = Config['scratch'];
export type KubernetesConfig = Extract<ScratchConfig, { kind: 'kubernetes' }>;
export type BaselineConfig = NonNullable<Config['baseline']>;

/** What is under test. A run on the stand-in is a rehearsal, and no evidence. */
export function whatRuns(application: ApplicationConfig): 'stand-in' | 'official' {
  if (application.kind === 'operator') return application.isStandIn ? 'stand-in' : 'official';
  return application.kind === 'stand-in' ? 'stand-in' : 'official';
}
