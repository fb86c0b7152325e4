import { execa } from 'execa';
import { requireTool } from '../../../src/support/tools.ts';
import { POLICY_TABLE } from '../../kubernetes/policies/ruleset.ts';
import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The cluster takes NetworkPolicies and enforces none',
  damages: 'What puts policies into force, which is halted, and all that it has put into force.',
  drill: 'cluster',
  caughtBy: { error: 'SCRATCH_NOT_SEALED' },
  inCluster: {
    async before({ halt }) {
      halt("recovery cluster's network policies");
      await execa(await requireTool('nft'), ['delete', 'table', 'inet', POLICY_TABLE]);
    },
  },
});
