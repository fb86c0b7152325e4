import { signalGroup } from '../../../src/support/processes.ts';
import { defineSabotage } from '../sabotage.ts';
import { onceLoadIsMade } from '../../meddling/load-generator.ts';

export default defineSabotage({
  title: 'The load generator dies before it has measured anything',
  damages: 'The generator is killed, as by a machine that has run out of memory.',
  drill: 'load',
  caughtBy: { error: 'COMMAND_FAILED' },
  site: async (site) => onceLoadIsMade(site, 1_000, async ({ pid }) => signalGroup(pid, 'SIGKILL')),
});
