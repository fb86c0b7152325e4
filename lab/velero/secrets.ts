import type { ClusterSite } from './site.ts';

type Secret = readonly [name: string, data: Record<string, string>, type: string];

/** Names and keys are those that the operator looks for. */
export function secretsOf(
  { dataSource, replicaDataSource, fileStore, licence, tls }: ClusterSite,
  name: string,
): Secret[] {
  const secrets: (Secret | undefined)[] = [
    tls && [`${name}-tls`, encode({ 'tls.crt': tls.certificate, 'tls.key': tls.key }), 'kubernetes.io/tls'],
    [
      'mm-database',
      encode({ DB_CONNECTION_STRING: dataSource, MM_SQLSETTINGS_DATASOURCEREPLICAS: replicaDataSource }),
      'Opaque',
    ],
    'claim' in fileStore
      ? undefined
      : [
          'mm-filestore',
          encode({ accesskey: fileStore.accessKeyId, secretkey: fileStore.secretAccessKey }),
          'Opaque',
        ],
    licence === undefined ? undefined : ['mm-license', encode({ license: licence }), 'Opaque'],
  ];
  return secrets.filter((secret) => secret !== undefined);
}

function encode(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, Buffer.from(value).toString('base64')]],
    ),
  );
}
