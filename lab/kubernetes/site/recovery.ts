import path from 'node:path';
import { findFreePort } from '../../../src/support/ports.ts';
import type { LabStorage } from '../../bring-up.ts';
import { startScratchServer } from '../../database/cluster.ts';
import type { LabScratch } from '../../lab-config.ts';
import { scratchOf } from '../../state.ts';
import { BUCKETS, writeSecret, type LabUnderway } from '../../underway.ts';
import type { Cluster } from '../cluster.ts';
import { INGRESS_CLASS } from '../ingress.ts';
import { makeDrillAccount } from './drill-account.ts';
import { PROBE } from './images.ts';

/** Makes what the cluster lacks for a drill, a database server and a bucket, and describes it all. */
export async function prepareRecovery(
  lab: LabUnderway,
  { s3 }: LabStorage,
  cluster: Cluster,
): Promise<LabScratch> {
  const address = lab.addresses.scratchDatabase;
  const server = await startScratchServer({
    directory: path.join(lab.directory, 'scratch-database'),
    address,
    port: await findFreePort([address]),
    detached: lab.stay,
    signal: lab.signal,
  });
  await lab.note('database server for restored copies (PostgreSQL)', server.process, {
    endpoint: `${address}:${server.port}`,
  });
  await s3.createBucket({ name: BUCKETS.scratch });
  return {
    scratch: {
      kind: 'kubernetes',
      directory: scratchOf(lab),
      address: lab.addresses.scratch,
      port: lab.sitePort,
      kubeconfig: await makeDrillAccount(cluster, lab.signal),
      ingressClass: INGRESS_CLASS,
      // The stand-in's servers do not tell each other of new messages.
      replicas: 1,
      resources: { cpu: '1', memory: '1Gi' },
      probeImage: PROBE,
      database: {
        kind: 'server',
        host: address,
        port: server.port,
        user: server.user,
        password: await writeSecret(lab, 'scratch-database-password', server.password),
      },
      files: {
        kind: 'bucket',
        store: {
          kind: 's3',
          bucket: BUCKETS.scratch,
          region: s3.region,
          endpoint: s3.endpoint,
          forcePathStyle: true,
          accessKeyId: await writeSecret(lab, 's3-access-key-id', s3.accessKeyId),
          secretAccessKey: await writeSecret(lab, 's3-secret-access-key', s3.secretAccessKey),
        },
      },
    },
    application: { kind: 'operator', isStandIn: true },
  };
}
