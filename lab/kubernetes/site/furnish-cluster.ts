import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { LabUnderway } from '../../underway.ts';
import type { Cluster } from '../cluster.ts';
import { nodeAgentObjects, writeVeleroImage } from '../node-agent.ts';
import { writeOperatorImage, writeProbeImage, writeStandInImage } from './images.ts';
import { operatorObjects } from './operator-objects.ts';

const IMAGES = {
  velero: writeVeleroImage,
  application: writeStandInImage,
  operator: writeOperatorImage,
  probe: writeProbeImage,
};

/** Gives a cluster all that a site needs there: images, the operator, and what saves volumes. */
export async function furnishCluster(lab: LabUnderway, { api, importImage }: Cluster): Promise<void> {
  const folder = path.join(lab.directory, 'images');
  await mkdir(folder, { recursive: true });
  for (const [name, write] of Object.entries(IMAGES)) {
    const file = path.join(folder, `${name}.tar`);
    // The lab's second cluster finds those of the first.
    if (!existsSync(file)) await write(file);
    await importImage(file);
  }
  for (const object of [...nodeAgentObjects(), ...operatorObjects()]) await api.apply(object);
  lab.say('the operator and Velero’s node agent are in the cluster');
}
