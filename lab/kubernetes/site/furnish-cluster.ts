import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { seconds } from '../../../src/model/duration.ts';
import { DrillError } from '../../../src/model/errors.ts';
import { waitFor } from '../../../src/support/wait-for.ts';
import type { LabUnderway } from '../../underway.ts';
import { DEFINITION } from '../../velero/definition.ts';
import type { Cluster } from '../cluster.ts';
import { writeOperatorImage, writeProbeImage, writeStandInImage } from './images.ts';
import { operatorObjects } from './operator-objects.ts';

const IMAGES = { application: writeStandInImage, operator: writeOperatorImage, probe: writeProbeImage };

/** Gives a cluster all that a site needs there: images, the custom resource and its operator. */
export async function furnishCluster(lab: LabUnderway, { api, importImage }: Cluster): Promise<void> {
  const folder = path.join(lab.directory, 'images');
  await mkdir(folder, { recursive: true });
  for (const [name, write] of Object.entries(IMAGES)) {
    const file = path.join(folder, `${name}.tar`);
    // The lab's second cluster finds those of the first.
    if (!existsSync(file)) await write(file);
    await importImage(file);
  }
  for (const object of operatorObjects()) await api.apply(object);
  const { apiVersion, kind, metadata } = DEFINITION;
  const established = await waitFor(
    async () => {
      const { conditions = [] } = ((await api.find(apiVersion, kind, metadata.name))?.['status'] ?? {}) as {
        conditions?: { type: string; status: string }[];
      };
      return conditions.some(({ type, status }) => type === 'Established' && status === 'True')
        ? true
        : undefined;
    },
    { timeout: seconds(30), interval: 100, signal: lab.signal },
  );
  if (!established)
    throw new DrillError('LAB_FAILED', `the cluster does not take ${metadata.name} within 30s`);
  lab.say('the operator and its custom resource are in the cluster');
}
