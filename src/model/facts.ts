/** What steps establish and later steps need. Plain JSON without secrets: facts are saved in the run folder. */
export interface Facts {
  tools: Readonly<Record<string, string>>;
  backups: BackupSet;
  /** The baseline that the copy is held against; null when there is none that could be. */
  baseline: {
    readonly key: string;
    /** The moment that both it and the dump see, where the dump was taken from the baseline's own snapshot. ISO 8601. */
    readonly snapshotAt: string | null;
  } | null;
  /** What the Velero backup says about the site: addresses and names, no secret values. */
  cluster: ClusterFacts;
  /** Where the restored copy lives. */
  scratch: ScratchFacts;
  /** What keeps the restored copy from reaching anything outside. */
  network: ScratchNetwork;
  database: RestoredDatabase;
  files: RestoredFiles;
  /** The run's own folder in a bucket, from before anything is written there: `s3://mm-scratch/2026-11-22T0412Z-quarterly-7f3a/`. */
  filesBucket: { readonly location: string };
  /** What the audit chose from the restored data for the browser checks to find again. */
  samples: Samples;
  /** Who was in the restored copy before anybody signed in. */
  accounts: RestoredAccounts;
  quarantine: QuarantineFacts;
  /** The restored site, answering. */
  site: SiteFacts;
  /** What serves it. */
  application: RunningApplication;
  /** The name that was switched, and the address it now has. */
  switched: SwitchedName;
}
export type Fact = keyof Facts;

export type DumpFormat = 'custom' | 'directory' | 'plain';
export type Compression = 'none' | 'gzip' | 'zstd';

export interface BackupSet {
  readonly database: DatabaseBackup;
  readonly files: FilesBackup;
  /** The key of config.json; null when the configuration is in the database. */
  readonly configuration: { readonly key: string; readonly takenAt: string } | null;
  readonly velero: {
    readonly name: string;
    readonly takenAt: string;
    readonly expiresAt: string | null;
  } | null;
}

export interface DatabaseBackup {
  readonly location: string;
  /** One key, or all keys of a directory dump, relative to the store. */
  readonly keys: readonly string[];
  readonly format: DumpFormat;
  readonly compression: Compression;
  readonly takenAt: string;
  /** Where `takenAt` comes from: the archive's own header is the most, the store's clock the least believable. */
  readonly takenAtSource: 'archive-header' | 'manifest' | 'name' | 'store';
  readonly bytes: number;
  /** Version of the pg_dump that wrote it, when the dump tells. */
  readonly dumpedBy: string | null;
  /** From a manifest beside the dump: key → lower-case hex. */
  readonly sha256: Readonly<Record<string, string>>;
  /** Rows in the dump by qualified table, once it was read to its end. */
  readonly rows?: Readonly<Record<string, number>> | undefined;
}

export interface FilesBackup {
  readonly location: string;
  readonly kind: 'prefix' | 'tar';
  /** The prefix (ends with "/"), or the tar's key. */
  readonly key: string;
  readonly takenAt: string;
  readonly objects: number;
  readonly bytes: number;
  readonly sha256: Readonly<Record<string, string>>;
}

export interface ClusterFacts {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly version: string;
  readonly replicas: number | null;
  readonly siteUrl: string | null;
  /** Environment names set on the site; values only where they are not secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Secret name → its keys. */
  readonly secrets: Readonly<Record<string, readonly string[]>>;
  /** Host names and addresses of production found in the objects, secrets included. */
  readonly addresses: readonly string[];
}

export interface ScratchFacts {
  readonly directory: string;
  readonly address: string;
  readonly port: number;
  /** Where the files of a scratch server run: the folder that an unprivileged user can reach. */
  readonly databaseDirectory: string | null;
}

export type ScratchNetwork = NamespaceNetwork | ProxyNetwork | ClusterNetwork;

/** Somewhere outside that the restored copy may reach. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  /** Who it is: "secondary identity provider". */
  readonly purpose: string;
}

/** A network namespace without uplink, in which attempts to leave are counted. */
export interface NamespaceNetwork {
  readonly kind: 'namespace';
  /** Its warden: the process that it lives by. */
  readonly pid: number;
  readonly startTime: string;
  /** The kernel's name for it: `net:[4026532281]`. */
  readonly name: string;
  /** Made in a user namespace: everybody in it has the same user id. */
  readonly rootless: boolean;
  /** Where its Unix sockets and the log of what left are. */
  readonly directory: string;
  readonly destinations: readonly Destination[];
}

/** The weaker kind: the application is asked to use a proxy that writes down and denies. */
export interface ProxyNetwork {
  readonly kind: 'proxy';
  readonly url: string;
  readonly logFile: string;
  /** Why it is no namespace; null when the config asks for a proxy. */
  readonly why: string | null;
  readonly destinations: readonly Destination[];
}

/** A namespace of a cluster whose network policies deny all that is not declared. */
export interface ClusterNetwork {
  readonly kind: 'cluster';
  readonly namespace: string;
  /** What its policies say, by name. */
  readonly policies: Readonly<Record<string, unknown>>;
  readonly destinations: readonly Destination[];
}

export interface RestoredDatabase {
  /** A host, or the folder of a Unix socket: the server of a sealed scratch has no other door to the outside. */
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  /** A file with the password, readable by its owner alone. */
  readonly passwordFile: string;
  readonly systemIdentifier: string;
  readonly serverVersion: string;
  readonly order: 'service-first' | 'complete';
  /** What is still to be built: see completeDatabase. */
  readonly deferred: {
    readonly indexes: number;
    readonly materializedViews: number;
    /** A file in the scratch that holds the statements, in order. */
    readonly statementsFile: string;
  } | null;
}

export type RestoredFiles = FilesInFolder | FilesInBucket | FilesOnVolume;

export interface FilesInFolder {
  readonly kind: 'folder';
  /** Folder the application serves from. */
  readonly directory: string;
  readonly objects: number;
  readonly bytes: number;
}

/** In `scratch.files.store`. */
export interface FilesInBucket {
  readonly kind: 'bucket';
  /** Keys in the bucket that the application serves from start with this. It ends with "/". */
  readonly prefix: string;
  readonly objects: number;
  readonly bytes: number;
}

/** On a volume that Velero restored. */
export interface FilesOnVolume {
  readonly kind: 'volume';
  readonly claim: string;
  /** A file that lists what is on it: the runner cannot read the volume itself. */
  readonly listing: string;
  readonly objects: number;
  readonly bytes: number;
}

export interface SamplePost {
  readonly id: string;
  readonly team: string;
  readonly channel: string;
  readonly channelId: string;
  readonly userId: string;
  readonly createAt: number;
  /** SHA-256 of the message text: real texts stay out of the run folder. */
  readonly messageSha256: string;
}

export interface Samples {
  readonly newestCanary: SamplePost | null;
  /** Across channels and time, readable by the drill's members. */
  readonly posts: readonly SamplePost[];
  readonly thread:
    (SamplePost & { readonly replies: readonly string[]; readonly reactions: readonly string[] }) | null;
  readonly edited: SamplePost | null;
  readonly file: {
    readonly id: string;
    readonly postId: string;
    readonly team: string;
    readonly channel: string;
    readonly name: string;
    readonly size: number;
    /** Of the object in the backup store. */
    readonly sha256: string;
  } | null;
  readonly direct: {
    readonly postId: string;
    readonly channelId: string;
    readonly memberIds: readonly string[];
    readonly messageSha256: string;
  } | null;
  /** Username → what the restored database says of each configured member. */
  readonly members: Readonly<Record<string, SampleMember>>;
  readonly activeUsers: number;
}

export interface SampleMember {
  readonly id: string;
  readonly roles: string;
  readonly authService: string;
  readonly authData: string | null;
  readonly active: boolean;
  readonly teams: readonly string[];
  /** Ids of the channels that they are in, archived ones left out. */
  readonly channels: readonly string[];
}

export interface RestoredAccounts {
  /** Sessions that came with the copy, and how many of them had not run out at the outage. */
  readonly sessions: { readonly total: number; readonly alive: number };
  /** A file in the scratch: user id → hash of what makes the account the same one. */
  readonly fingerprints: string;
}

export interface QuarantineFacts {
  /** MM_… variables without secrets that the application must start with. */
  readonly environment: Readonly<Record<string, string>>;
  readonly scannedPlaces: number;
  /** Every address of production that was known by then: as patterns, in lower case. */
  readonly productionAddresses: readonly string[];
}

export interface SiteFacts {
  readonly url: string;
  readonly address: string;
  readonly port: number;
  readonly application: 'stand-in' | 'official';
  readonly version: string;
}

export type RunningApplication = ApplicationProcess | ApplicationPods;

export interface ApplicationPods {
  readonly kind: 'pods';
  readonly namespace: string;
  /** Of the Mattermost resource and of the Deployment that the operator makes for it. */
  readonly name: string;
  /** Names of those that it was started with: one that takes their place is called otherwise. */
  readonly pods: readonly string[];
}

/** On this machine. */
export interface ApplicationProcess {
  readonly kind: 'process';
  readonly pid: number;
  readonly startTime: string;
  readonly uid: number;
}

export interface SwitchedName {
  readonly name: string;
  readonly from: readonly string[];
  readonly to: string;
  /** Per resolver: milliseconds from the switch until it gave the new address. */
  readonly resolvers: Readonly<Record<string, number>>;
}
