import { openGround, type GroundOptions } from './ground.ts';
import type { ProvingGround } from './take-drill.ts';
import { takeOnCopy } from './take-on-copy.ts';

/** Where drills are tried on this machine, each on a copy of its own. Rejects with LAB_FAILED, and leaves nothing then. */
export async function openCopies(options: GroundOptions): Promise<ProvingGround> {
  const ground = await openGround(options);
  return {
    take: (order) => takeOnCopy(ground, order),
    [Symbol.asyncDispose]: () => ground[Symbol.asyncDispose](),
  };
}
