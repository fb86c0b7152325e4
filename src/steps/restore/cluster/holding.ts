import type { KubernetesConfig, S3StoreConfig } from '../../../model/config.ts';
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
  return {
    ...{ host: new URL(site.url).hostname, ingressClass, image, version, resources },
    bucket: files.kind === 'bucket' ? placeOf(files.store) : undefined,
    hasLicence: licence !== undefined,
    environment: quarantineEnvironment(),
    replace: collectProductionAddresses(config, ctx.get('cluster'), []).replace,
  };
}

function placeOf({ bucket, endpoint }: Pick<S3StoreConfig, 'bucket' | 'endpoint'>): Holding['bucket'] {
  return { name: bucket, url: new URL(endpoint ?? 'https://s3.amazonaws.com').host };
}
