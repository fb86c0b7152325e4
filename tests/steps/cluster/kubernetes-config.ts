import type { ConfigInput } from '../../../src/model/config.ts';
import { minimalConfig } from '../../config/minimal-config.ts';

/** A drill into the cluster of this kubeconfig; database and bucket are never reached. */
export function kubernetesConfig(
  kubeconfig: string,
  scratch: Partial<Extract<ConfigInput['scratch'], { kind: 'kubernetes' }>> = {},
): Partial<ConfigInput> {
  const secret = { env: 'MUSTER_TEST_SECRET' };
  const { backups } = minimalConfig();
  return {
    backups: { ...backups, velero: { prefix: 'prod' } },
    application: { kind: 'operator' },
    scratch: {
      kind: 'kubernetes',
      kubeconfig,
      address: '127.0.0.9',
      probeImage: 'probe:1',
      resources: { cpu: '500m', memory: '512Mi' },
      database: { kind: 'server', host: '127.0.0.8', user: 'muster', password: secret },
      files: {
        kind: 'bucket',
        store: {
          kind: 's3',
          bucket: 'drill',
          endpoint: 'https://s3.test',
          accessKeyId: secret,
          secretAccessKey: secret,
        },
      },
      ...scratch,
    },
  };
}
