import { execa } from 'execa';
import { requireTool } from '../../../src/support/tools.ts';
import { writeImage } from '../image.ts';
import { NODE, nodeFiles, packageFiles, PROJECT, projectFiles } from './node-files.ts';

/** The official image runs as this user, and volumes are made for it. */
export const MATTERMOST_USER = 2000;

export const OPERATOR = 'muster.lab/mattermost-operator:lab';
export const PROBE = 'muster.lab/probe:1';
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
    directory: PROJECT,
    user: MATTERMOST_USER,
  });
}

/** What does the Mattermost Operator's work in the lab. */
export async function writeOperatorImage(file: string): Promise<void> {
  await writeImage(file, {
    reference: OPERATOR,
    files: [
      ...(await nodeFiles()),
      ...projectFiles(
        ...['lab/kubernetes/api.ts', 'lab/kubernetes/site/operator'],
        ...['src/model', 'src/providers/cluster/api-server.ts'],
      ),
      ...(await packageFiles('@kubernetes/client-node')),
    ],
    entrypoint: [NODE, `${PROJECT}/lab/kubernetes/site/operator/main.ts`],
    directory: PROJECT,
    user: MATTERMOST_USER,
  });
}

/** A shell and the usual small programs, to look out of a pod with. */
export async function writeProbeImage(file: string): Promise<void> {
  const busybox = await requireTool('busybox');
  const { stdout } = await execa(busybox, ['--list']);
  await writeImage(file, {
    reference: PROBE,
    files: [{ from: busybox, to: '/bin/busybox' }],
    links: Object.fromEntries(
      stdout
        .split('\n')
        .filter((program) => program !== 'busybox')
        .map((program) => [`/bin/${program}`, 'busybox']),
    ),
    entrypoint: ['/bin/sh'],
  });
}
