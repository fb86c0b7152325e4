import type { Config } from '../../src/model/config.ts';
import type { ObjectRef } from '../../src/providers/cluster/contract.ts';
import type { MergePatch } from '../../src/support/merge-patch.ts';
import type { KubernetesObject } from '../../src/support/velero-tarball.ts';
import type { ProcessRef } from '../../src/support/processes.ts';
import type { ClusterFacts, Facts } from '../../src/model/facts.ts';
import type { LabIdentityControl } from '../index.ts';
import type { JournalEvent } from '../../src/model/journal.ts';
import type { Verdict } from '../../src/model/verdict.ts';

/**
 * The smallest drills that can catch something, each with a part of the quarterly drill's own steps:
 * `backups` looks at the backups alone · `restore` restores them · `identity` asks the secondary IdP · `names` looks at
 * name, certificate and resolvers · `copy` audits a restored copy · `accounts` audits who is in it · `service`
 * quarantines a copy and starts the site on it · `continuity` looks then whether people are who they were · `isolation` looks at what that site tried to reach, too · `failover`
 * switches its name · `login`, `messages` and `search` send browsers there · `load` puts load on it.
 *
 * Into a cluster: `cluster-ready` looks at the backups and at the cluster · `cluster` restores the objects there ·
 * `cluster-copy` restores database and files beside them, and holds all against the baseline · `cluster-site` starts
 * the site there, and looks at what it tried to reach.
 */
export type ProvingDrill =
  | 'backups'
  | 'restore'
  | 'identity'
  | 'names'
  | 'copy'
  | 'accounts'
  | 'service'
  | 'continuity'
  | 'isolation'
  | 'failover'
  | 'login'
  | 'messages'
  | 'search'
  | 'load'
  | ClusterDrill;

export const CLUSTER_DRILLS = ['cluster-ready', 'cluster', 'cluster-copy', 'cluster-site'] as const;
export type ClusterDrill = (typeof CLUSTER_DRILLS)[number];

export function isClusterDrill(kind: ProvingDrill): kind is ClusterDrill {
  return CLUSTER_DRILLS.some((one) => one === kind);
}

/** How the drill says it: a check with its code, an error that stops a step, or nothing but its verdict. */
export type Catch =
  | { readonly check: string; readonly code: string }
  | { readonly error: string }
  | { readonly verdict: Verdict };

/**
 * One thing that goes wrong, and what has to notice it. Each is applied to copies and to the lab's own running parts,
 * never to anything else. The part that does the damage is named for when it is done: before the drill is declared
 * (`settings`, `backups`), before the restored copy is looked at (`copy`), after its quarantine (`quarantined`), or once
 * the site is up (`site`).
 */
export interface Sabotage {
  /** What is wrong, as a sentence. */
  readonly title: string;
  /** What it damages here, and what does that in real life. */
  readonly damages: string;
  readonly drill: ProvingDrill;
  /** For `login`, `messages` and `search`: ids of the only checks that browsers are sent for, not the whole suite. */
  readonly checks?: readonly string[];
  readonly caughtBy: Catch;
  /** Ids of checks that may rightly be missed or unverified as well; `audit.*` stands for all that begin so. */
  readonly mayFollow?: readonly string[];
  settings?(config: Config, on: LabGround): Config | Promise<Config>;
  backups?(backups: BackupFolder): Promise<void>;
  /** What the Velero backup told of the site that was lost, where the copy is cloned. */
  cluster?(cluster: ClusterFacts): ClusterFacts;
  copy?(copy: RestoredCopy): Promise<void>;
  quarantined?(copy: QuarantinedCopy): Promise<void>;
  site?(site: RunningSite): Promise<void>;
  /** Of a drill into a cluster: what is done there, in place of all of these but `settings`. */
  readonly inCluster?: ClusterDamage;
  /** The drill `backups` is run by a process of its own, to which this is done. */
  readonly process?: DrillProcess;
}

/**
 * What is done in a cluster, by when: before the drill is declared, once the scratch namespace is sealed, once objects,
 * database and files are restored, once the copy is in quarantine, or once the site is up.
 */
export interface ClusterDamage {
  before?(cluster: RecoveryCluster): Promise<void>;
  sealed?(cluster: RecoveryCluster): Promise<void>;
  restored?(cluster: RestoredInCluster): Promise<void>;
  quarantined?(cluster: RestoredInCluster): Promise<void>;
  started?(cluster: RestoredInCluster): Promise<void>;
}

export interface DrillProcess {
  /** A module beside the sabotages that it loads before anything else. */
  readonly preload?: string;
  /** It is killed at this event of its journal, without a chance to clean up. */
  readonly killedAt?: JournalEvent['type'];
}

/** The lab's running parts. What is done to them is put right again after the drill. */
export interface LabGround {
  /** The lab's own folder, with its keys and certificates. */
  readonly directory: string;
  /** A folder of this sabotage alone, gone afterwards. */
  readonly workFolder: string;
  /** The primary is dead, and the secondary runs: so they are again afterwards. */
  readonly identity: { readonly primary: LabIdentityControl; readonly secondary: LabIdentityControl };
  /** Done after the drill, last one first, whatever became of it. */
  afterwards(putRight: () => Promise<void>): void;
}

export interface Folder {
  /** Keys that begin so, in order. */
  list(prefix: string): Promise<readonly string[]>;
  read(key: string): Promise<Buffer>;
  write(key: string, body: Buffer | string): Promise<void>;
  remove(key: string): Promise<void>;
  /** Removes what `fits` among the keys that begin so: all of them, unless told otherwise. */
  removeAll(prefix: string, fits?: (key: string) => boolean): Promise<void>;
  /** Writes another body for what `fits` among the keys that begin so. */
  change(
    prefix: string,
    fits: (key: string) => boolean,
    change: (body: Buffer) => Buffer | string,
  ): Promise<void>;
}

/** A copy of the lab's backups, in the layout of their bucket. */
export interface BackupFolder extends Folder, LabGround {
  /** A copy of the archive, with the baseline in it. */
  readonly archive: Folder;
  /** Changes the newest dump as if it had been made so: the manifest beside it says what is there. */
  changeDump(change: (dump: Buffer) => Buffer): Promise<void>;
  /** Takes a new dump from a database that is as restored but for this, in place of the newest. */
  dumpAfter(change: (copy: Pick<RestoredCopy, 'query'>) => Promise<void>): Promise<void>;
}

/** A restored copy that nobody has looked at yet. */
export interface RestoredCopy extends LabGround {
  query<Row = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** The restored file store, by the names that the database knows. */
  readonly files: Folder;
}

/** A copy whose quarantine somebody has undone in part, before the site is started on it. */
export interface QuarantinedCopy extends RestoredCopy {
  /** What the site is started with beside, or instead of, what quarantine tells it. */
  environment(settings: Readonly<Record<string, string>>): void;
}

/** The restored site while it serves. */
export interface RunningSite extends LabGround {
  readonly config: Config;
  readonly facts: Partial<Facts>;
  /** The database that it works on. */
  query: RestoredCopy['query'];
  /** Ends a process of the scratch by its role. */
  end(role: string): Promise<void>;
  /** The newest process of the scratch with this role, also one of a later step; undefined before it is started. */
  find(role: string): ProcessRef | undefined;
}

/** The cluster that a drill restores into. What is changed there and in the bucket is put back after the drill. */
export interface RecoveryCluster extends LabGround {
  /** The scratch namespace. */
  readonly namespace: string;
  /** The bucket of the backups, as Velero and the drill read it. */
  readonly bucket: Folder;
  read(ref: ObjectRef): Promise<KubernetesObject | undefined>;
  create(object: KubernetesObject): Promise<void>;
  patch(ref: ObjectRef, patch: MergePatch): Promise<void>;
  remove(ref: ObjectRef): Promise<void>;
  /** Resolves when what it asks for is so, within half a minute. */
  until(condition: () => Promise<boolean>): Promise<void>;
  /** Watches for an object beside the drill, and does something as soon as it is there. */
  watch(ref: ObjectRef, act: (found: KubernetesObject) => Promise<void>): void;
  /** Halts a process of the lab where it stands, by its role. */
  halt(role: string): void;
}

/** The same with the restored database. */
export interface RestoredInCluster extends RecoveryCluster, Pick<QuarantinedCopy, 'query' | 'environment'> {}

/** For the types alone: a catalogue entry is a file whose default export is this. */
export function defineSabotage(sabotage: Sabotage): Sabotage {
  return sabotage;
}
