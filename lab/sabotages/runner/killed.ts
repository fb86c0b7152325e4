import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The drill is killed in the middle of a step',
  damages: 'The drill’s process, as by a machine that runs out of memory.',
  drill: 'backups',
  caughtBy: { verdict: 'interrupted' },
  process: { killedAt: 'step.progress' },
});
