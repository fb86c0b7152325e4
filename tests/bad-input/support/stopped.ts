import type { Attempt } from './attempt.ts';

/** Ends Muster where it stands, as the kernel does when memory runs out. */
export async function stopped({ child, ending }: Attempt): Promise<void> {
  child.kill('SIGKILL');
  await ending;
}
