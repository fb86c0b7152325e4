import { minutes, seconds } from '../../../model/duration.ts';
import { whatRuns } from '../../../model/config.ts';
import type { StepContext } from '../../../model/drill.ts';
import { DrillError } from '../../../model/errors.ts';
import { isSecretName } from '../../../support/addresses.ts';
import { waitFor } from '../../../support/wait-for.ts';
import { holdOperator, requireHeld, startOperator } from '../../cluster/hold-operator.ts';
import { holesInSeal } from '../../cluster/holes-in-seal.ts';
import { OWN } from '../../cluster/own-names.ts';
import { ownsNamespace, type ScratchCluster } from '../../cluster/scratch-cluster.ts';
import { sitePods, siteRef } from '../../cluster/site-pods.ts';
import { watcher } from '../../cluster/watcher.ts';
import type { Started } from '../start-application.ts';
import { applicationEnvironment, type Place } from '../start-application/environment.ts';
import { askHealth, isOfStandIn, isWell, versionOf } from '../start-application/health.ts';
import { refuseProductionAddresses } from '../start-application/judge-start.ts';
import { collectProductionAddresses } from '../quarantine/production-addresses.ts';
import { makeSecrets } from './own-secrets.ts';
import { scanNamespace } from './quarantine-namespace.ts';
import { waitUntilStable } from './wait-until-stable.ts';

/** Where the pods find what is mounted for them. */
const MOUNTED = '/etc/muster';

/** Tells the held site what it is to start with, and lets the operator start it. Resolves when it answers by name. */
export async function startInCluster(ctx: StepContext, scratch: ScratchCluster): Promise<Started> {
  const { cluster, settings } = scratch;
  const { signal, config } = ctx;
  const { namespace, replicas, database } = settings;
  const { name } = ctx.get('cluster');
  const site = { namespace, name };
  const place: Place = {
    listenAddress: ':8065',
    authorities: `${MOUNTED}/authorities.pem`,
    databaseAuthority: database.sslRootCert === undefined ? undefined : `${MOUNTED}/database.pem`,
  };
  refuseConfigurationFile(ctx);
  const environment = await applicationEnvironment(ctx, place);
  refuseProductionAddresses(ctx, environment);
  await requireSeal(ctx, scratch);
  await requireHeld(scratch, { signal });
  await refuseAddressesWrittenBack(ctx, scratch);
  await makeSecrets(ctx, scratch, environment);
  const ref = siteRef(site);
  const spec = ((await cluster.read(ref, { signal }))?.['spec'] ?? {}) as HeldSpec;
  await cluster.patch(
    ref,
    {
      spec: {
        replicas,
        mattermostEnv: environmentOf(spec, environment),
        volumes: [
          ...(spec.volumes ?? []),
          { name: OWN.authorities, secret: { secretName: OWN.authorities } },
        ],
        volumeMounts: [
          ...(spec.volumeMounts ?? []),
          { name: OWN.authorities, mountPath: MOUNTED, readOnly: true },
        ],
        podExtensions: { sidecarContainers: [watcher(settings.probeImage)] },
      },
    },
    { signal },
  );
  ctx.progress('Letting the operator start the site');
  await startOperator(scratch, { signal });
  await waitUntilStable(ctx, scratch, site);
  const pods = await sitePods(cluster, site, { signal });
  const answer = await askUntilWell(ctx);
  return {
    ...answer,
    what: whatRuns(config.application),
    application: { kind: 'pods', ...site, pods: pods.map((pod) => pod.name) },
    end: () => endInCluster(ctx, scratch),
  };
}

/** Takes the site away, so that its database can be dropped. */
export async function endInCluster(
  ctx: Pick<StepContext, 'find' | 'runId'>,
  scratch: ScratchCluster,
): Promise<void> {
  const { cluster, settings } = scratch;
  const { namespace } = settings;
  const name = ctx.find('cluster')?.name;
  // Without the namespace there is no site of ours, and one of that name would be somebody else's.
  if (name === undefined || !(await ownsNamespace(ctx, scratch))) return;
  await holdOperator({ cluster, settings }, {});
  await cluster.remove(siteRef({ namespace, name }));
  const gone = await waitFor(
    async () => (await sitePods(cluster, { namespace, name })).length === 0 || undefined,
    { timeout: minutes(2), interval: 500 },
  );
  if (gone) return;
  throw new DrillError('TEARDOWN_INCOMPLETE', `pods of site ${namespace}/${name} still run`, {
    hint: `Nothing starts them any more: see \`kubectl -n ${namespace} get pods\`, then undo the run.`,
  });
}

/** What the site brings along, and keeps. */
interface HeldSpec {
  readonly mattermostEnv?: readonly { readonly name: string }[];
  readonly volumes?: readonly unknown[];
  readonly volumeMounts?: readonly unknown[];
}

/** The variables of the held site, and ours over them; secret ones by reference. */
function environmentOf(
  { mattermostEnv = [] }: HeldSpec,
  environment: Readonly<Record<string, string>>,
): readonly unknown[] {
  return [
    ...mattermostEnv.filter(({ name }) => !(name in environment)),
    ...Object.entries(environment).map(([name, value]) =>
      isSecretName(name)
        ? { name, valueFrom: { secretKeyRef: { name: OWN.environment, key: name } } }
        : { name, value },
    ),
  ];
}

/** Rejects with SCRATCH_NOT_SEALED: nothing starts where a policy may have opened what is denied. */
async function requireSeal(ctx: StepContext, scratch: ScratchCluster): Promise<void> {
  const holes = await holesInSeal(ctx, scratch);
  if (holes.length === 0) return;
  throw new DrillError(
    'SCRATCH_NOT_SEALED',
    `the scratch namespace is not sealed any more: ${holes.join(', ')}`,
    {
      hint: 'The site was not started. Find out who makes policies in each namespace of this cluster.',
    },
  );
}

/** Rejects with PRODUCTION_ADDRESS_LEFT: quarantine found none, and a controller may have written one back since. */
async function refuseAddressesWrittenBack(
  ctx: StepContext,
  { cluster, settings }: ScratchCluster,
): Promise<void> {
  const addresses = collectProductionAddresses(ctx.config, ctx.get('cluster'), []);
  const scans = await scanNamespace(cluster, settings.namespace, addresses, { signal: ctx.signal });
  const [found] = scans.flatMap(({ findings }) => findings);
  if (found === undefined) return;
  throw new DrillError(
    'PRODUCTION_ADDRESS_LEFT',
    `${found.host} is in the scratch namespace again, after quarantine took it out`,
    {
      details: { place: found.place },
      hint: 'The site was not started. Find out who writes there: GitOps, or an operator that fetches secrets.',
    },
  );
}

/** An operator's server reads its configuration from the database. */
function refuseConfigurationFile(ctx: StepContext): void {
  if (ctx.get('quarantine').environment['MM_CONFIG'] === undefined) return;
  throw new DrillError(
    'RESTORE_FAILED',
    'the configuration came as a file, and a server that the operator starts reads it from the database',
    {
      hint: 'Back the database up with its configuration in it (`mmctl config migrate`), or use scratch.kind "local".',
    },
  );
}

/** Rejects with CONFIG_INVALID: an image can be anything, and a rehearsal must not read like a drill. */
function refuseHiddenStandIn({ config }: StepContext, isStandIn: boolean): void {
  if (!isStandIn || whatRuns(config.application) === 'stand-in') return;
  throw new DrillError(
    'CONFIG_INVALID',
    'the image that was started is Muster’s stand-in, and application.isStandIn does not say so',
    { hint: 'Set application.isStandIn to true: the run is a rehearsal, and its report says that.' },
  );
}

async function askUntilWell(ctx: StepContext): Promise<{ readonly version: string; readonly body: string }> {
  let last = 'no answer';
  const answer = await waitFor(
    async () => {
      const found = await askHealth(ctx, ctx.get('scratch')).catch((error: unknown) => {
        ctx.signal.throwIfAborted();
        last = error instanceof Error ? error.message : String(error);
      });
      if (found === undefined) return undefined;
      last = `HTTP ${found.status} ${found.body.slice(0, 500)}`;
      return isWell(found) ? found : undefined;
    },
    { timeout: seconds(120), interval: 250, signal: ctx.signal },
  );
  if (answer !== undefined) {
    const id = answer.headers['x-version-id'];
    refuseHiddenStandIn(ctx, isOfStandIn(id));
    return { version: versionOf(id), body: answer.body };
  }
  const { address, port } = ctx.get('scratch');
  throw new DrillError(
    'APPLICATION_NOT_HEALTHY',
    `the operator calls the site stable, and it does not answer at ${address}:${port}`,
    {
      details: { 'last answer': last },
      hint: 'scratch.address and scratch.port must be those of the ingress controller that serves scratch.ingressClass.',
    },
  );
}
