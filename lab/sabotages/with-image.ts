import type { Config } from '../../src/model/config.ts';

/** The config with another image of the site to start. */
export function withImage(
  config: Config,
  image: { readonly image: string; readonly version?: string },
): Config {
  const { application } = config;
  if (application.kind !== 'operator') throw new TypeError('an operator starts the site in a cluster');
  return { ...config, application: { ...application, ...image } };
}
