import path from 'node:path';
import { execa } from 'execa';
import { requireTool } from '../../../src/support/tools.ts';
import type { Members } from '../members.ts';
import { POLICY_TABLE } from './ruleset.ts';

/** Puts NetworkPolicies into force, which this network does not do by itself. */
export async function startPolicies(members: Members, kubeconfig: string): Promise<void> {
  const nft = await requireTool('nft');
  await members.startScript('network policies', path.join(import.meta.dirname, 'main.ts'), {
    args: [nft],
    env: { KUBECONFIG: kubeconfig },
    ready: () => execa(nft, ['list', 'table', 'inet', POLICY_TABLE]).then(() => true as const),
  });
}
