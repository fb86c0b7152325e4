import { minutes, seconds, type Milliseconds } from '../../model/duration.ts';
import { DrillError } from '../../model/errors.ts';
import type { MergePatch } from '../../support/merge-patch.ts';
import type { KubernetesObject } from '../../support/velero-tarball.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { CallOptions, Cluster, ObjectRef } from './contract.ts';

/** Velero's own objects: https://velero.io/docs/v1.18/api-types/ */
const VELERO = 'velero.io/v1';

/** Resource modifiers with merge patches came with it: https://velero.io/docs/v1.13/restore-resource-modifiers/ */
export const OLDEST_VELERO = '1.13.0';

/** It looks for new backups in the bucket once a minute, and not in its first one. */
const SYNC_PATIENCE: Milliseconds = minutes(3);
const ANSWER_PATIENCE: Milliseconds = seconds(20);
/** It restores one after the other, and in a cluster of the drill's own there is no other. */
const BEGIN_PATIENCE: Milliseconds = minutes(2);

export interface StorageLocation {
  readonly name: string;
  /** `Available` or `Unavailable`; '' before it was looked at. */
  readonly phase: string;
  readonly message: string;
  readonly isReadOnly: boolean;
  readonly bucket: string;
  readonly prefix: string;
}

export interface RestoreRequest {
  readonly name: string;
  readonly backup: string;
  readonly from: string;
  readonly to: string;
  readonly excluded: readonly string[];
  /** Nothing but these, and what they need: for pods by their labels. */
  readonly only?: {
    readonly resources: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
  };
  /** A ConfigMap in Velero's namespace. */
  readonly modifiers: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface RestoreEnd {
  readonly phase: string;
  readonly warnings: number;
  readonly errors: number;
  readonly problem: string;
}

/** What became of one volume: https://velero.io/docs/v1.18/api-types/ (PodVolumeRestore) */
export interface RestoredVolume {
  readonly pod: string;
  /** The pod's name for it. */
  readonly volume: string;
  readonly phase: string;
  readonly message: string;
  readonly bytes: number;
}

export interface Velero {
  /**
   * The version of the server, by its own answer: it is there and works. Rejects with CLUSTER_NOT_READY when it is not
   * installed or does not answer.
   */
  serverVersion(options: Waiting): Promise<string>;
  storageLocations(options?: CallOptions): Promise<readonly StorageLocation[]>;
  /** Waits until the server has found the backup in the bucket. Resolves to its storage location; undefined: it has not. */
  waitForBackup(name: string, options: Waiting): Promise<string | undefined>;
  /** Schedules that include a namespace, with the moment of their last backup. */
  schedules(
    namespace: string,
    options?: CallOptions,
  ): Promise<
    readonly { readonly name: string; readonly paused: boolean; readonly lastBackup: string | null }[]
  >;
  startRestore(request: RestoreRequest, options?: CallOptions): Promise<void>;
  /**
   * Resolves when Velero has come to an end with it, whatever that is. Rejects with CLUSTER_NOT_READY when it does not
   * begin or does not end.
   */
  waitForRestore(
    name: string,
    options: Waiting & {
      readonly patience: Milliseconds;
      readonly beginPatience?: Milliseconds;
      readonly progress: (done: number, of: number) => void;
    },
  ): Promise<RestoreEnd>;
  /** The volumes that Velero filled for a Restore. */
  volumesOf(restore: string, options?: CallOptions): Promise<readonly RestoredVolume[]>;
  /** Waits until Velero has let go of it, and takes it away. What is not there is no error. */
  removeRestore(name: string, options: Waiting & { readonly patience: Milliseconds }): Promise<void>;
}

export interface Waiting extends CallOptions {
  /** Called as long as it is waited. */
  readonly waiting: (elapsed: Milliseconds) => void;
  readonly patience?: Milliseconds;
}

/** Phases of a Restore that Velero has its hands on. */
const WORKED_ON = [
  ...['InProgress', 'WaitingForPluginOperations', 'WaitingForPluginOperationsPartiallyFailed'],
  ...['Finalizing', 'FinalizingPartiallyFailed'],
];
const NOT_ENDED = ['', 'New', ...WORKED_ON];

export function openVelero(cluster: Cluster, namespace: string): Velero {
  const restoreRef = (name: string): ObjectRef => ({ apiVersion: VELERO, kind: 'Restore', name, namespace });

  const velero: Velero = {
    async serverVersion({ patience = ANSWER_PATIENCE, waiting, ...options }) {
      const kind = 'ServerStatusRequest';
      if (!(await cluster.hasKind({ apiVersion: VELERO, kind }, options)))
        throw notReady('Velero is not installed in the cluster', 'Install it there: docs/kubernetes.md.');
      const name = `muster-${Date.now().toString(36)}`;
      const ref = { apiVersion: VELERO, kind, name, namespace };
      await cluster.create({ apiVersion: VELERO, kind, metadata: { name, namespace }, spec: {} }, options);
      const started = performance.now();
      const answered = await waitFor(
        async () => {
          const status = statusOf(await cluster.read(ref, options));
          if (status['phase'] === 'Processed') return String(status['serverVersion'] ?? '');
          return void waiting(performance.now() - started);
        },
        { timeout: patience, interval: 250, signal: options.signal },
      );
      // The server takes it away by itself a minute later, if it lives.
      await cluster.remove(ref, options);
      if (answered !== undefined) return answered.replace(/^v/, '');
      throw notReady(
        `Velero in namespace "${namespace}" did not answer within ${patience / 1000} s`,
        `Look at its pods and their log: \`kubectl -n ${namespace} get pods\`. It is asked by a ServerStatusRequest.`,
      );
    },

    async storageLocations(options) {
      const found = await cluster.list(
        { apiVersion: VELERO, kind: 'BackupStorageLocation', namespace },
        options,
      );
      return found.map((object) => {
        const { objectStorage, accessMode } = specOf(object) as {
          objectStorage?: { bucket?: string; prefix?: string };
          accessMode?: string;
        };
        const { phase = '', message = '' } = statusOf(object) as { phase?: string; message?: string };
        const { bucket = '', prefix = '' } = objectStorage ?? {};
        return {
          name: object.metadata.name,
          phase,
          message,
          isReadOnly: accessMode === 'ReadOnly',
          bucket,
          prefix,
        };
      });
    },

    async waitForBackup(name, { waiting, patience = SYNC_PATIENCE, signal }) {
      const started = performance.now();
      const ref = { apiVersion: VELERO, kind: 'Backup', name, namespace };
      return waitFor(
        async () => {
          const found = await cluster.read(ref, { signal });
          if (found === undefined) return void waiting(performance.now() - started);
          return String(specOf(found)['storageLocation'] ?? '');
        },
        { timeout: patience, interval: 1_000, signal },
      );
    },

    async schedules(site, options) {
      const found = await cluster.list({ apiVersion: VELERO, kind: 'Schedule', namespace }, options);
      return found
        .filter((object) => {
          const { includedNamespaces = ['*'] } = (specOf(object)['template'] ?? {}) as {
            includedNamespaces?: string[];
          };
          return includedNamespaces.includes(site) || includedNamespaces.includes('*');
        })
        .map((object) => ({
          name: object.metadata.name,
          paused: specOf(object)['paused'] === true,
          lastBackup: (statusOf(object)['lastBackup'] as string | undefined) ?? null,
        }));
    },

    async startRestore({ name, backup, from, to, excluded, only, modifiers, labels }, options) {
      await cluster.create(
        {
          apiVersion: VELERO,
          kind: 'Restore',
          metadata: { name, namespace, labels },
          spec: {
            backupName: backup,
            includedNamespaces: [from],
            namespaceMapping: { [from]: to },
            excludedResources: [...excluded],
            ...(only && {
              includedResources: [...only.resources],
              labelSelector: { matchLabels: only.labels },
            }),
            // Nothing but the scratch namespace is touched.
            includeClusterResources: false,
            resourceModifier: { kind: 'ConfigMap', name: modifiers },
          },
        },
        options,
      );
    },

    async waitForRestore(name, { patience, beginPatience = BEGIN_PATIENCE, progress, waiting, signal }) {
      const started = performance.now();
      const ended = await waitFor(
        async () => {
          const found = await cluster.read(restoreRef(name), { signal });
          if (found === undefined)
            throw notReady(`the Restore ${name} was deleted while Velero worked on it`, 'Find out by whom.');
          const status = statusOf(found) as RestoreStatus;
          const { itemsRestored = 0, totalItems = 0 } = status.progress ?? {};
          if (totalItems > 0) progress(itemsRestored, totalItems);
          const phase = status.phase ?? '';
          if (!NOT_ENDED.includes(phase)) return { ...status, phase };
          const elapsed = performance.now() - started;
          if (!WORKED_ON.includes(phase) && elapsed > beginPatience)
            throw notReady(
              `Velero has not begun the Restore ${name} within ${Math.round(beginPatience / 1000)} s`,
              'See the log of its server: does it run, and what is it busy with?',
            );
          return void waiting(elapsed);
        },
        { timeout: patience, interval: 250, signal },
      );
      if (ended === undefined)
        throw notReady(
          `Velero did not finish the Restore ${name} within ${Math.round(patience / 1000)} s`,
          `See \`velero restore describe ${name}\` and the log of its server.`,
        );
      const { phase, warnings = 0, errors = 0, failureReason, validationErrors = [] } = ended;
      return { phase, warnings, errors, problem: failureReason ?? validationErrors.join('; ') };
    },

    async volumesOf(restore, options) {
      const found = await cluster.list({ apiVersion: VELERO, kind: 'PodVolumeRestore', namespace }, options);
      return (
        found
          // By its owner: in a label Velero cuts long names.
          .filter(({ metadata: { ownerReferences = [] } }) =>
            (ownerReferences as readonly { name?: string }[]).some(({ name }) => name === restore),
          )
          .map((object) => {
            const { pod, volume } = specOf(object) as { pod?: { name?: string }; volume?: string };
            const { phase = 'New', message = '', progress } = statusOf(object) as VolumeStatus;
            return {
              ...{ pod: pod?.name ?? '', volume: volume ?? '', phase, message },
              bytes: progress?.bytesDone ?? 0,
            };
          })
      );
    },

    async removeRestore(name, { patience, waiting }) {
      const started = performance.now();
      const until = (holds: (found: KubernetesObject | undefined) => boolean) =>
        waitFor(
          async () =>
            holds(await cluster.read(restoreRef(name))) || void waiting(performance.now() - started),
          { timeout: patience, interval: 500 },
        );
      // One that is taken away while Velero works on it is worked on all the same.
      if (!(await until((found) => !WORKED_ON.includes(String(statusOf(found)['phase'] ?? '')))))
        throw new DrillError('TEARDOWN_INCOMPLETE', `Velero still works on the Restore ${name}`, {
          hint: 'It was left to it. When it has come to an end, undo the run once more: `velero restore get`.',
        });
      await cluster.remove(restoreRef(name));
      // Its finalizer keeps it until its records in the bucket are gone.
      await until((found) => found === undefined);
    },
  };
  return velero;
}

interface RestoreStatus {
  readonly phase?: string;
  readonly warnings?: number;
  readonly errors?: number;
  readonly failureReason?: string;
  readonly validationErrors?: readonly string[];
  readonly progress?: { readonly itemsRestored?: number; readonly totalItems?: number };
}

interface VolumeStatus {
  readonly phase?: string;
  readonly message?: string;
  readonly progress?: { readonly bytesDone?: number };
}

/** "default is Unavailable: SignatureDoesNotMatch" */
export function describeLocation({ name, phase, message }: StorageLocation): string {
  return `${name} is ${phase || 'not looked at yet'}${message && `: ${message}`}`;
}

/** One rule of a ConfigMap of resource modifiers: https://velero.io/docs/v1.18/restore-resource-modifiers/ */
export interface ModifierRule {
  readonly resource: string;
  readonly name: string;
  readonly patch: MergePatch;
  /** The patch is a strategic merge patch: lists in it are merged by the names of their entries. */
  readonly isStrategic?: boolean;
}

/** The document of a resource-modifier ConfigMap. Its rules are asked for the namespace that objects come from. */
export function modifierDocument(namespace: string, rules: readonly ModifierRule[]): string {
  // JSON is YAML, too.
  return JSON.stringify({
    version: 'v1',
    resourceModifierRules: rules.map(({ resource, name, patch, isStrategic = false }) => ({
      conditions: {
        groupResource: resource,
        resourceNameRegex: `^${name.replaceAll(/[.+*?^${}()|[\]\\]/g, '\\$&')}$`,
        namespaces: [namespace],
      },
      [isStrategic ? 'strategicPatches' : 'mergePatches']: [{ patchData: JSON.stringify(patch) }],
    })),
  });
}

function specOf(object: KubernetesObject): Readonly<Record<string, unknown>> {
  return (object['spec'] ?? {}) as Readonly<Record<string, unknown>>;
}

function statusOf(object: KubernetesObject | undefined): Readonly<Record<string, unknown>> {
  return (object?.['status'] ?? {}) as Readonly<Record<string, unknown>>;
}

const notReady = (message: string, hint: string) => new DrillError('CLUSTER_NOT_READY', message, { hint });
