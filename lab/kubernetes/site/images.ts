import { writeImage } from '../image.ts';
import { NODE, nodeFiles, packageFiles, PROJECT, projectFiles } from './node-files.ts';

/** The official image runs as this user, and volumes are made for it. */
export const MATTERMOST_USER = 2000;

export const STAND_IN = { image: 'muster.lab/mattermost-stand-in', version: '11.6.0' };

/** The stand-in application, for pods as the Mattermost Operator makes them: it listens at port 8065. */
export async function writeStandInImage(file: string): Promise<void> {
  await writeImage(file, {
    reference: `${STAND_IN.image}:${STAND_IN.version}`,
    files: [
      ...(await nodeFiles()),
      ...projectFiles('lab/application'),
      ...(await packageFiles('pg', 'ws', '@aws-sdk/client-s3')),
    ],
    entrypoint: [NODE, `${PROJECT}/lab/application/main.ts`],
    // Without it the stand-in listens on loopback alone.
    environment: { MM_SERVICESETTINGS_LISTENADDRESS: '0.0.0.0:8065' },
    directory: PROJECT,
    user: MATTERMOST_USER,
  });
}
