import type { ApplicationConfig } from '../../model/config.ts';
import type { ApplicationProvider } from './contract.ts';

export type * from './contract.ts';

/** The application that a config names. Nothing is fetched or started yet. */
export async function openApplication(
  config: Exclude<ApplicationConfig, { kind: 'operator' }>,
): Promise<ApplicationProvider> {
  switch (config.kind) {
    case 'stand-in':
      return (await import('./stand-in.ts')).standIn();
    case 'tarball':
      return (await import('./tarball.ts')).tarball(config);
  }
}
