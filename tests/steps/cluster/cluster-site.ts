import type { ClusterSite } from '../../../lab/velero/site.ts';
import type { KubernetesObject } from '../../../src/support/velero-tarball.ts';

export const PRODUCTION = 'production.example';

/** What a cluster holds of a site in production. */
export const SITE: ClusterSite = {
  siteUrl: 'https://chat.example.test',
  image: 'mattermost/mattermost-enterprise-edition',
  version: '11.6.0',
  environment: { MM_EMAILSETTINGS_SMTPSERVER: `smtp.${PRODUCTION}` },
  dataSource: `postgres://mm:secret@db.${PRODUCTION}/mattermost`,
  fileStore: { url: 's3.example', bucket: 'files', accessKeyId: 'AKIA', secretAccessKey: 'key' },
  tls: { certificate: 'chain', key: 'private' },
  configMap: { wiki: `https://wiki.${PRODUCTION}/runbook` },
};

export const OPERATOR: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'mattermost-operator', namespace: 'mattermost-operator' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { name: 'operator' } },
    template: {
      metadata: { labels: { name: 'operator' } },
      spec: { containers: [{ name: 'operator', image: 'operator:1' }] },
    },
  },
};
