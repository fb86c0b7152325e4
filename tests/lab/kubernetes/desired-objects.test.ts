import { describe, expect, it } from 'vitest';
import { desiredObjects } from '../../../lab/kubernetes/site/operator/desired-objects.ts';
import type {
  EnvironmentVariable,
  Mattermost,
  MattermostSpec,
} from '../../../lab/kubernetes/site/operator/mattermost.ts';

const SPEC: MattermostSpec = {
  image: 'mattermost/mattermost-team-edition',
  version: '11.6.0',
  replicas: 2,
  database: { external: { secret: 'mm-database' } },
  fileStore: { externalVolume: { volumeClaimName: 'mattermost-files' } },
  ingress: { enabled: true, host: 'chat.example', ingressClass: 'traefik', tlsSecret: 'chat-tls' },
  mattermostEnv: [{ name: 'MM_TEAMSETTINGS_SITENAME', value: 'Lantern' }],
};

describe('the objects that the operator makes', () => {
  it('are owned by the resource and named as it is', () => {
    const objects = desiredObjects(mattermost());
    expect(objects.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'Service', 'Deployment', 'Ingress']);
    for (const { metadata } of objects) {
      expect(metadata).toMatchObject({ name: 'chat', namespace: 'mattermost' });
      expect(metadata.ownerReferences).toEqual([
        {
          apiVersion: 'installation.mattermost.com/v1beta1',
          kind: 'Mattermost',
          name: 'chat',
          uid: 'a-uid',
          controller: true,
          blockOwnerDeletion: true,
        },
      ]);
    }
  });

  it('send the host of the resource to its pods', () => {
    const [, service, deployment, ingress] = desiredObjects(mattermost()) as any[];
    expect(service.spec.selector).toEqual(deployment.spec.template.metadata.labels);
    expect(deployment.spec.selector.matchLabels).toEqual(deployment.spec.template.metadata.labels);
    expect(ingress.spec).toEqual({
      ingressClassName: 'traefik',
      rules: [
        {
          host: 'chat.example',
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name: 'chat', port: { number: 8065 } } },
              },
            ],
          },
        },
      ],
      tls: [{ hosts: ['chat.example'], secretName: 'chat-tls' }],
    });
  });

  it('have no ingress where the resource wants none', () => {
    const objects = desiredObjects(mattermost({ ingress: { enabled: false, host: 'chat.example' } }));
    expect(objects.map(({ kind }) => kind)).not.toContain('Ingress');
  });
});

describe('the environment of the pods', () => {
  it('names the database by its secret, and production as the cluster', () => {
    const environment = environmentOf();
    const dataSource = { secretKeyRef: { name: 'mm-database', key: 'DB_CONNECTION_STRING' } };
    expect(environment.get('MM_CONFIG')).toEqual({ name: 'MM_CONFIG', valueFrom: dataSource });
    expect(environment.get('MM_SQLSETTINGS_DATASOURCE')?.valueFrom).toEqual(dataSource);
    expect(environment.get('MM_CLUSTERSETTINGS_CLUSTERNAME')?.value).toBe('production');
    expect(environment.get('MM_SERVICESETTINGS_SITEURL')?.value).toBe('https://chat.example');
  });

  it('is what the resource says where both name a variable', () => {
    const environment = environmentOf({
      mattermostEnv: [
        { name: 'MM_CLUSTERSETTINGS_CLUSTERNAME', value: 'drill-1' },
        { name: 'MM_CONFIG', valueFrom: { secretKeyRef: { name: 'drill', key: 'dsn' } } },
      ],
    });
    expect(environment.get('MM_CLUSTERSETTINGS_CLUSTERNAME')?.value).toBe('drill-1');
    expect(environment.get('MM_CONFIG')?.valueFrom).toEqual({ secretKeyRef: { name: 'drill', key: 'dsn' } });
  });

  it('names the bucket, its keys from the secret', () => {
    const environment = environmentOf({
      fileStore: { external: { url: 's3.example', bucket: 'files', secret: 'mm-filestore' } },
    });
    expect(environment.get('MM_FILESETTINGS_DRIVERNAME')?.value).toBe('amazons3');
    expect(environment.get('MM_FILESETTINGS_AMAZONS3BUCKET')?.value).toBe('files');
    expect(environment.get('MM_FILESETTINGS_AMAZONS3SECRETACCESSKEY')?.valueFrom).toEqual({
      secretKeyRef: { name: 'mm-filestore', key: 'secretkey' },
    });
  });
});

describe('the pods', () => {
  it('mount the file store, the licence, and what the resource adds', () => {
    const pod = podOf({
      licenseSecret: 'mm-license',
      volumes: [{ name: 'ca', secret: { secretName: 'ca' } }],
      volumeMounts: [{ name: 'ca', mountPath: '/ca' }],
    });
    expect(pod.volumes).toEqual([
      { name: 'mattermost-data', persistentVolumeClaim: { claimName: 'mattermost-files' } },
      { name: 'mattermost-license', secret: { secretName: 'mm-license' } },
      { name: 'ca', secret: { secretName: 'ca' } },
    ]);
    const mounts = pod.containers[0].volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
    expect(mounts).toEqual(['/mattermost/data', '/mattermost-license', '/ca']);
  });

  it('are as many as wanted, none too', () => {
    const replicas = (spec: object) => deploymentOf(spec).spec.replicas;
    expect([replicas({ replicas: 3 }), replicas({ replicas: 0 })]).toEqual([3, 0]);
  });

  it('have the resources, the user and the sidecars that the resource names', () => {
    const resources = { limits: { memory: '512Mi' } };
    const pod = podOf({
      imagePullPolicy: 'Never',
      scheduling: { resources },
      podTemplate: { securityContext: { fsGroup: 2000 } },
      podExtensions: { sidecarContainers: [{ name: 'watch' }] },
    });
    expect(pod.securityContext).toEqual({ fsGroup: 2000 });
    expect(pod.containers).toMatchObject([
      { image: 'mattermost/mattermost-team-edition:11.6.0', imagePullPolicy: 'Never', resources },
      { name: 'watch' },
    ]);
  });
});

function mattermost(spec: Partial<MattermostSpec> = {}): Mattermost {
  return {
    apiVersion: 'installation.mattermost.com/v1beta1',
    kind: 'Mattermost',
    metadata: { name: 'chat', namespace: 'mattermost', uid: 'a-uid' },
    spec: { ...SPEC, ...spec },
  };
}

function environmentOf(spec: Partial<MattermostSpec> = {}): Map<string, EnvironmentVariable> {
  const { env } = podOf(spec).containers[0];
  return new Map(env.map((variable: EnvironmentVariable) => [variable.name, variable]));
}

function podOf(spec: Partial<MattermostSpec>) {
  return deploymentOf(spec).spec.template.spec;
}

function deploymentOf(spec: Partial<MattermostSpec>): any {
  return desiredObjects(mattermost(spec)).find(({ kind }) => kind === 'Deployment');
}
