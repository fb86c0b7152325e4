import { readFile } from 'node:fs/promises';
import type { StepContext } from '../../../model/drill.ts';
import { isSecretName } from '../../../support/addresses.ts';
import { OWN } from '../../cluster/own-names.ts';
import { runLabels, type ScratchCluster } from '../../cluster/scratch-cluster.ts';
import { readAuthorities } from '../start-application/environment.ts';

/** Makes the secrets that the held site refers to: of the scratch, none of production. */
export async function makeSecrets(
  ctx: StepContext,
  { cluster, settings }: ScratchCluster,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const { namespace, database } = settings;
  const { tls } = ctx.config;
  const source = environment['MM_SQLSETTINGS_DATASOURCE'] ?? '';
  const secrets: readonly (readonly [
    name: string,
    values: Readonly<Record<string, string>>,
    type?: string,
  ])[] = [
    [OWN.database, { DB_CONNECTION_STRING: source }],
    ...(environment['MM_FILESETTINGS_AMAZONS3ACCESSKEYID'] === undefined
      ? []
      : [
          [
            OWN.files,
            {
              accesskey: environment['MM_FILESETTINGS_AMAZONS3ACCESSKEYID'],
              secretkey: environment['MM_FILESETTINGS_AMAZONS3SECRETACCESSKEY'] ?? '',
            },
          ] as const,
        ]),
    [OWN.environment, Object.fromEntries(Object.entries(environment).filter(([name]) => isSecretName(name)))],
    [
      OWN.tls,
      { 'tls.crt': await readFile(tls.certificate, 'utf8'), 'tls.key': await readFile(tls.key, 'utf8') },
      'kubernetes.io/tls',
    ],
    [
      OWN.authorities,
      {
        'authorities.pem': (await readAuthorities(ctx)) ?? '',
        ...(database.sslRootCert !== undefined && {
          'database.pem': await readFile(database.sslRootCert, 'utf8'),
        }),
      },
    ],
    ...(environment['MM_LICENSE'] === undefined
      ? []
      : [[OWN.licence, { license: environment['MM_LICENSE'] }] as const]),
  ];
  for (const [name, values, type = 'Opaque'] of secrets) {
    const data = Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    );
    await cluster.create(
      { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, labels: runLabels(ctx) }, type, data },
      { signal: ctx.signal },
    );
  }
}
