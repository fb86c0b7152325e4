import type { ClusterSite } from './site.ts';

/** Names and keys are those that the operator looks for. */
export function secretsOf(
  site: ClusterSite,
  name: string,
): [name: string, data: Record<string, string>, type: string][] {
  const { dataSource, replicaDataSource, fileStore, licence, tls } = site;
  const encode = (values: Record<string, string | undefined>) =>
    Object.fromEntries(
      Object.entries(values).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, Buffer.from(value).toString('base64')]],
      ),
    );
  return [
    ...(tls
      ? ([
          [`${name}-tls`, encode({ 'tls.crt': tls.certificate, 'tls.key': tls.key }), 'kubernetes.io/tls'],
        ] as const)
      : []),
    [
      'mm-database',
      encode({ DB_CONNECTION_STRING: dataSource, MM_SQLSETTINGS_DATASOURCEREPLICAS: replicaDataSource }),
      'Opaque',
    ],
    [
      'mm-filestore',
      encode({ accesskey: fileStore.accessKeyId, secretkey: fileStore.secretAccessKey }),
      'Opaque',
    ],
    ...(licence === undefined ? [] : ([['mm-license', encode({ license: licence }), 'Opaque']] as const)),
  ] as [string, Record<string, string>, string][];
}
