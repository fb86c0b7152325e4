import { FILES_MOUNT, LICENSE_FILE } from './volumes.ts';
import type { EnvironmentVariable, MattermostSpec } from './mattermost.ts';

/**
 * The operator's own variables; those of the resource come last and win over one of the same name.
 *
 * Names: https://github.com/mattermost/mattermost-operator/blob/master/pkg/mattermost/env_var.go
 */
export function environmentOf(spec: MattermostSpec): EnvironmentVariable[] {
  const variables = [
    ...databaseVariables(spec),
    { name: 'MM_CLUSTERSETTINGS_ENABLE', value: 'true' },
    { name: 'MM_CLUSTERSETTINGS_CLUSTERNAME', value: 'production' },
    { name: 'MM_INSTALL_TYPE', value: 'kubernetes_operator' },
    { name: 'MM_METRICSSETTINGS_ENABLE', value: 'true' },
    { name: 'MM_PLUGINSETTINGS_ENABLEUPLOADS', value: 'true' },
    ...(spec.ingress ? [{ name: 'MM_SERVICESETTINGS_SITEURL', value: `https://${spec.ingress.host}` }] : []),
    ...(spec.licenseSecret === undefined
      ? []
      : [{ name: 'MM_SERVICESETTINGS_LICENSEFILELOCATION', value: LICENSE_FILE }]),
    ...fileVariables(spec.fileStore),
  ];
  const byName = new Map<string, EnvironmentVariable>(
    [...variables, ...(spec.mattermostEnv ?? [])].map((variable) => [variable.name, variable]),
  );
  return [...byName.values()];
}

function databaseVariables({ database }: MattermostSpec): EnvironmentVariable[] {
  const secret = database?.external?.secret;
  if (secret === undefined) return [];
  return [
    fromSecret('MM_CONFIG', secret, 'DB_CONNECTION_STRING'),
    fromSecret('MM_SQLSETTINGS_DATASOURCE', secret, 'DB_CONNECTION_STRING'),
    fromSecret('MM_SQLSETTINGS_DATASOURCEREPLICAS', secret, 'MM_SQLSETTINGS_DATASOURCEREPLICAS', {
      optional: true,
    }),
  ];
}

function fileVariables(fileStore: MattermostSpec['fileStore']): EnvironmentVariable[] {
  if (fileStore?.externalVolume)
    return [
      { name: 'MM_FILESETTINGS_DRIVERNAME', value: 'local' },
      { name: 'MM_FILESETTINGS_DIRECTORY', value: FILES_MOUNT },
    ];
  if (!fileStore?.external) return [];
  const { url, bucket, secret } = fileStore.external;
  return [
    { name: 'MM_FILESETTINGS_DRIVERNAME', value: 'amazons3' },
    { name: 'MM_FILESETTINGS_AMAZONS3ENDPOINT', value: url },
    { name: 'MM_FILESETTINGS_AMAZONS3BUCKET', value: bucket },
    { name: 'MM_FILESETTINGS_AMAZONS3SSL', value: 'true' },
    fromSecret('MM_FILESETTINGS_AMAZONS3ACCESSKEYID', secret, 'accesskey'),
    fromSecret('MM_FILESETTINGS_AMAZONS3SECRETACCESSKEY', secret, 'secretkey'),
  ];
}

function fromSecret(name: string, secret: string, key: string, options: object = {}): EnvironmentVariable {
  return { name, valueFrom: { secretKeyRef: { name: secret, key, ...options } } };
}
