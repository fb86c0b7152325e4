import type { LabStorage } from '../../bring-up.ts';
import type { LabScratch } from '../../lab-config.ts';
import type { PrimarySiteOptions } from '../../primary-site.ts';
import { DEFINITION } from '../../velero/definition.ts';
import { BUCKETS, type LabUnderway } from '../../underway.ts';
import { startCluster, type Cluster, type ClusterOptions } from '../cluster.ts';
import { backUpNamespace } from './back-up-namespace.ts';
import { furnishCluster } from './furnish-cluster.ts';
import { prepareRecovery } from './recovery.ts';
import { startInCluster } from './start-in-cluster.ts';

export interface PrimaryCluster {
  readonly startApplication: NonNullable<PrimarySiteOptions['startApplication']>;
  /** Resolves to the name of Velero's backup. */
  backUp(takenAt: Date): Promise<string>;
  /** The outage. */
  stop(): Promise<void>;
}

/** The cluster that the primary site runs in. */
export async function startPrimaryCluster(lab: LabUnderway, storage: LabStorage): Promise<PrimaryCluster> {
  const { api, stop } = await startFurnished(lab, storage, 'primary');
  return {
    startApplication: (_, start) => startInCluster(lab, api, start),
    backUp: (takenAt) => backUpNamespace(lab, api, takenAt),
    stop,
  };
}

/** The empty cluster that a drill restores into: it knows the bucket, and its operator waits. */
export async function startRecoveryCluster(
  lab: LabUnderway,
  storage: LabStorage,
  prefix?: string,
): Promise<LabScratch> {
  return prepareRecovery(lab, storage, await startFurnished(lab, storage, 'recovery', prefix));
}

async function startFurnished(
  lab: LabUnderway,
  storage: LabStorage,
  name: ClusterOptions['name'],
  prefix = 'velero',
): Promise<Cluster> {
  const cluster = await startCluster(lab, {
    name,
    bucket: { server: storage.s3, bucket: BUCKETS.backups, prefix },
    ingress: { address: lab.addresses[name === 'primary' ? 'primary' : 'scratch'], port: lab.sitePort },
    definitions: [DEFINITION],
  });
  await furnishCluster(lab, cluster);
  return cluster;
}
