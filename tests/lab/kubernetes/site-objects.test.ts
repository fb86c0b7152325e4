import { expect, it } from 'vitest';
import { keptObjects } from '../../../lab/velero/kept-objects.ts';
import { siteObjects } from '../../../lab/velero/site-objects.ts';
import type { ClusterSite } from '../../../lab/velero/site.ts';
import { fullName, type KubernetesObject } from '../../../src/support/velero-tarball.ts';

const SITE: ClusterSite = {
  siteUrl: 'https://chat.example:4443',
  image: 'muster.lab/mattermost-stand-in',
  version: '11.6.0',
  environment: { MM_SERVICESETTINGS_SITEURL: 'https://chat.example:4443' },
  dataSource: 'postgres://mmuser:hunter22@10.200.0.12:5432/mattermost',
  fileStore: { claim: 'mattermost-files', storageClass: 'lab-files' },
  egressPorts: [5432, 4444],
  authority: '-----BEGIN CERTIFICATE-----',
};

it('holds in a backup all that people have made, and what comes of it', () => {
  const name = (object: KubernetesObject) => `${object.kind} ${fullName(object)}`;
  const kept = keptObjects(SITE, new Date(0)).map(({ object }) => name(object));
  expect(siteObjects(SITE).filter((object) => !kept.includes(name(object)))).toEqual([]);
  const derived = kept.filter((one) => !siteObjects(SITE).map(name).includes(one));
  expect(derived).toEqual([
    'Service mattermost/chat',
    'ServiceAccount mattermost/chat',
    'ServiceAccount mattermost/default',
    'Deployment mattermost/chat',
    'Ingress mattermost/chat',
    'CustomResourceDefinition mattermosts.installation.mattermost.com',
  ]);
});

it('claims a volume for its files, and needs no keys of a bucket then', () => {
  const objects = siteObjects(SITE);
  expect(specOf('Mattermost', objects)).toMatchObject({
    fileStore: { externalVolume: { volumeClaimName: 'mattermost-files' } },
    ingress: { host: 'chat.example' },
  });
  expect(specOf('PersistentVolumeClaim', objects)).toMatchObject({ storageClassName: 'lab-files' });
  expect(objects.map(({ metadata }) => metadata.name)).not.toContain('mm-filestore');
});

it('has its pods trust the authority that it names', () => {
  const { mattermostEnv, volumeMounts } = specOf('Mattermost', siteObjects(SITE)) as {
    mattermostEnv: object[];
    volumeMounts: object[];
  };
  expect(mattermostEnv).toContainEqual({ name: 'SSL_CERT_FILE', value: '/mattermost/authority/ca.crt' });
  expect(volumeMounts).toContainEqual({
    name: 'mm-authority',
    mountPath: '/mattermost/authority',
    readOnly: true,
  });
});

it('lets its pods reach nothing but names and the ports that the site needs', () => {
  expect(specOf('NetworkPolicy', siteObjects(SITE))).toEqual({
    egress: [
      {
        ports: [
          { port: 5432, protocol: 'TCP' },
          { port: 4444, protocol: 'TCP' },
          { port: 53, protocol: 'UDP' },
        ],
      },
    ],
    podSelector: {},
    policyTypes: ['Egress'],
  });
});

function specOf(kind: string, objects: readonly KubernetesObject[]): unknown {
  return objects.find((object) => object.kind === kind)?.['spec'];
}
