import type { StepContext } from '../../model/drill.ts';
import { readEnvironment } from '../../support/processes.ts';
import { findScratchCluster } from './scratch-cluster.ts';
import { sitePods, type Container } from './site-pods.ts';

/** The environment that the running site goes by. Holds secrets. */
export async function runningEnvironment(
  ctx: Pick<StepContext, 'config' | 'get' | 'signal'>,
): Promise<Readonly<Record<string, string>>> {
  const application = ctx.get('application');
  if (application.kind === 'process') return readEnvironment(application.pid);
  const { signal } = ctx;
  const { cluster } = (await findScratchCluster(ctx)) ?? {};
  if (cluster === undefined) return {};
  const { namespace } = application;
  const [pod] = await sitePods(cluster, application, { signal });
  const container = pod?.containers.find(({ name }) => name === SITE_CONTAINER);
  const values: Record<string, string> = {};
  for (const { name, value, valueFrom } of container?.env ?? [])
    values[name] = value ?? (valueFrom === undefined ? '' : await referred(valueFrom));
  return values;

  async function referred({
    secretKeyRef,
    configMapKeyRef,
  }: NonNullable<Variable['valueFrom']>): Promise<string> {
    const ref = secretKeyRef ?? configMapKeyRef;
    if (ref === undefined) return '';
    const kind = secretKeyRef === undefined ? 'ConfigMap' : 'Secret';
    const found = await cluster?.read({ apiVersion: 'v1', kind, name: ref.name, namespace }, { signal });
    const text = (found?.['data'] as Readonly<Record<string, string>> | undefined)?.[ref.key] ?? '';
    return kind === 'Secret' ? Buffer.from(text, 'base64').toString('utf8') : text;
  }
}

/** As the operator calls it. */
export const SITE_CONTAINER = 'mattermost';

type Variable = NonNullable<Container['env']>[number];
