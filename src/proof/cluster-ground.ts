import { openLab, refuseRemains, type Lab } from '../../lab/index.ts';
import { loseSite, type GroundOptions } from './ground.ts';
import type { ProvingGround } from './take-drill.ts';
import { takeInCluster } from './take-in-cluster.ts';

/** A lab with a cluster, in the empty network namespace that we are in. Rejects with LAB_FAILED, and leaves nothing then. */
export async function openClusterGround({ say, signal }: GroundOptions): Promise<ProvingGround> {
  const lab = await openLab({ say, signal, kubernetes: true });
  const close = async () => refuseRemains(await lab.down());
  try {
    return { ...(await clusterGround(lab)), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The same on one that stands. */
export async function clusterGround(lab: Lab): Promise<Pick<ProvingGround, 'take'>> {
  const ground = await loseSite(lab);
  return { take: (order) => takeInCluster(ground, order) };
}
