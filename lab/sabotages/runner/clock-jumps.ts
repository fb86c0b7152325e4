import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'The clock is set an hour ahead while the drill runs',
  damages: 'The wall clock of the drill’s process, as by a virtual machine that was paused.',
  drill: 'backups',
  caughtBy: { check: 'run.clock', code: 'CLOCK_JUMPED' },
  process: { preload: 'shifted-clock.ts' },
});
