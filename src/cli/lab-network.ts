import { requireTool } from '../support/tools.ts';
import { isRunAgain, runAgain } from './run-again.ts';

/**
 * Runs this command again in a new network, for a Kubernetes lab to come up in, and gives its exit code. Undefined: that
 * is where it runs already. Rejects where such a lab cannot be: see requireKubernetesMachine.
 */
export async function makeLabNetwork(): Promise<number | undefined> {
  if (isRunAgain()) return undefined;
  const { requireKubernetesMachine } = await import('../../lab/index.ts');
  await requireKubernetesMachine();
  return runAgain([await requireTool('unshare'), '--net', '--']);
}

/**
 * Runs this command again in the network of the lab that this config is of, where that lab has one, and gives its exit
 * code. Undefined: that is where it runs already, or it belongs into the machine's own network.
 */
export async function enterLabNetwork(configFile: string | undefined): Promise<number | undefined> {
  if (isRunAgain() || configFile === undefined) return undefined;
  const { wayIntoLab } = await import('../../lab/index.ts');
  const way = await wayIntoLab(configFile);
  return way && runAgain(way);
}
