import type { KubernetesConfig } from '../../../model/config.ts';
import type { StepContext } from '../../../model/drill.ts';
import { collectProductionAddresses } from '../quarantine/production-addresses.ts';
import { quarantineEnvironment } from '../quarantine/settings.ts';
import type { Holding } from './patches.ts';

/** What this site is to be held by, from its settings and from where the backup says that production is. */
export function holdingOf(
  ctx: Pick<StepContext, 'config' | 'get'>,
  { ingressClass, resources, files }: KubernetesConfig,
): Holding {
  const { config } = ctx;
  const { application, site } = config;
  const { image, version, licence } = application.kind === 'operator' ? application : {};
  const { bucket, endpoint } = files.store;
  return {
    ...{ host: new URL(site.url).hostname, ingressClass, image, version, resources },
    bucket: { name: bucket, url: new URL(endpoint ?? 'https://s3.amazonaws.com').host },
    hasLicence: licence !== undefined,
    environment: quarantineEnvironment(),
    replace: collectProductionAddresses(config, ctx.get('cluster'), []).replace,
  };
}
