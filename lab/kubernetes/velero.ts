import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { VELERO_VERSION } from '../../src/support/kubernetes-tools.ts';
import { requireTool } from '../../src/support/tools.ts';
import type { KubernetesObject } from '../../src/support/velero-tarball.ts';
import type { S3Server } from '../storage/seaweedfs.ts';
import type { ClusterApi } from './api.ts';
import type { Members } from './members.ts';

export const VELERO_API = 'velero.io/v1';
export const VELERO_NAMESPACE = 'velero';
export const VELERO_IMAGE = `muster.lab/velero:v${VELERO_VERSION}`;

/** Where the backups of a cluster lie. */
export interface VeleroBucket {
  readonly server: S3Server;
  readonly bucket: string;
  readonly prefix: string;
}

export interface VeleroOptions {
  readonly directory: string;
  readonly kubeconfig: string;
  readonly bucket: VeleroBucket;
}

/** Velero's server beside the API server. Resolves when its storage location is available. */
export async function startVelero(members: Members, api: ClusterApi, options: VeleroOptions): Promise<void> {
  for (const object of [...(await readDefinitions()), ...objectsOf(options.bucket)]) await api.apply(object);
  await members.start('velero', {
    args: [
      ...['server', `--kubeconfig=${options.kubeconfig}`, `--namespace=${VELERO_NAMESPACE}`],
      ...[`--plugin-dir=${await makePluginFolder(options.directory)}`, '--log-format=json'],
      ...['--metrics-address=127.0.0.1:8085', '--profiler-address='],
      ...[
        '--store-validation-frequency=10s',
        '--backup-sync-period=10s',
        '--garbage-collection-frequency=20s',
      ],
    ],
    env: { HOME: options.directory, TMPDIR: '/tmp' },
    within: await withOwnTemporaries(options.directory),
    async ready() {
      const location = await api.find(VELERO_API, 'BackupStorageLocation', 'default', VELERO_NAMESPACE);
      return (location?.['status'] as { phase?: string } | undefined)?.phase === 'Available'
        ? true
        : undefined;
    },
  });
}

/** It keeps the bucket's credentials in /tmp/credentials, whoever else does: each server has a /tmp of its own. */
async function withOwnTemporaries(directory: string): Promise<readonly string[]> {
  const folder = path.join(directory, 'tmp');
  await mkdir(folder);
  const unshare = [await requireTool('unshare'), '--mount', '--propagation', 'private', '--'];
  return [...unshare, '/bin/sh', '-c', 'mount --bind "$0" /tmp && exec "$@"', folder];
}

/** Its custom resources, as it prints them itself. */
async function readDefinitions(): Promise<KubernetesObject[]> {
  const { stdout } = await execa(await requireTool('velero'), [
    ...['install', '--crds-only', '--dry-run', '--output', 'yaml'],
  ]);
  return parseAllDocuments(stdout).flatMap((document) => {
    const { items, ...object } = document.toJS() as KubernetesObject & { items?: KubernetesObject[] };
    return items ?? [object];
  });
}

function objectsOf({ server, bucket, prefix }: VeleroBucket): KubernetesObject[] {
  const labels = { component: 'velero', deploy: 'velero' };
  const inVelero = { namespace: VELERO_NAMESPACE };
  const credentials = [
    '[default]',
    `aws_access_key_id=${server.accessKeyId}`,
    `aws_secret_access_key=${server.secretAccessKey}`,
  ];
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: VELERO_NAMESPACE } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'cloud-credentials', ...inVelero },
      stringData: { cloud: `${credentials.join('\n')}\n` },
    },
    // Velero reads the image of its own Deployment in every restore; it runs beside the API server, and so this has no pod.
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'velero', ...inVelero, labels },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [{ name: 'velero', image: VELERO_IMAGE, command: ['/velero'], args: ['server'] }],
          },
        },
      },
    },
    {
      apiVersion: VELERO_API,
      kind: 'BackupStorageLocation',
      metadata: { name: 'default', ...inVelero },
      spec: {
        provider: 'aws',
        default: true,
        objectStorage: { bucket, prefix },
        credential: { name: 'cloud-credentials', key: 'cloud' },
        config: {
          region: server.region,
          s3Url: server.endpoint,
          s3ForcePathStyle: 'true',
          serverSideEncryption: 'AES256',
        },
      },
    },
  ];
}

/** Velero takes every program in the folder for a plugin, and looks where links lead. */
async function makePluginFolder(directory: string): Promise<string> {
  const folder = path.join(directory, 'plugins');
  await mkdir(folder);
  await symlink(await requireTool('velero-plugin-for-aws'), path.join(folder, 'velero-plugin-for-aws'));
  return folder;
}
