import { days, minutes } from '../../../src/model/duration.ts';
import { DrillError } from '../../../src/model/errors.ts';
import { waitFor } from '../../../src/support/wait-for.ts';
import type { KubernetesObject } from '../../../src/support/velero-tarball.ts';
import type { LabUnderway } from '../../underway.ts';
import { goDuration } from '../../velero/go-duration.ts';
import type { ClusterApi } from '../api.ts';
import { waitForNodeAgent } from '../node-agent.ts';
import { VELERO_API, VELERO_NAMESPACE } from '../velero.ts';
import { NAMESPACE } from './start-in-cluster.ts';

const SCHEDULE = 'mattermost-daily';
const TEMPLATE = {
  includedNamespaces: [NAMESPACE],
  storageLocation: 'default',
  snapshotVolumes: false,
  defaultVolumesToFsBackup: true,
  ttl: goDuration(days(30)),
};

/** Has Velero back the site's namespace up, as its schedule would at this moment. Resolves to the backup's name. */
export async function backUpNamespace(lab: LabUnderway, api: ClusterApi, takenAt: Date): Promise<string> {
  await api.apply(inVelero('Schedule', SCHEDULE, { schedule: '0 1 * * *', template: TEMPLATE }));
  await waitForNodeAgent(api, lab.signal);
  const name = `${SCHEDULE}-${takenAt.toISOString().replace(/\D/g, '').slice(0, 14)}`;
  await api.apply(
    inVelero('Backup', name, TEMPLATE, {
      'velero.io/schedule-name': SCHEDULE,
      'velero.io/storage-location': TEMPLATE.storageLocation,
    }),
  );
  const status = await waitFor(
    async () => {
      const backup = await api.find(VELERO_API, 'Backup', name, VELERO_NAMESPACE);
      const { phase, ...rest } = (backup?.['status'] ?? {}) as { phase?: string };
      return phase !== undefined && ENDED.has(phase) ? { phase, ...rest } : undefined;
    },
    { timeout: minutes(2), interval: 250, signal: lab.signal },
  );
  if (status?.phase !== 'Completed')
    throw new DrillError(
      'LAB_FAILED',
      `Velero backup ${name} is ${status?.phase ?? 'not at its end after 2m'}`,
      {
        details: { status: JSON.stringify(status ?? {}) },
      },
    );
  return name;
}

/** https://velero.io/docs/v1.18/api-types/backup/ */
const ENDED = new Set(['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation']);

function inVelero(
  kind: string,
  name: string,
  spec: object,
  labels: Readonly<Record<string, string>> = {},
): KubernetesObject {
  return { apiVersion: VELERO_API, kind, metadata: { name, namespace: VELERO_NAMESPACE, labels }, spec };
}
