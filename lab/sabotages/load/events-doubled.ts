import { defineSabotage } from '../sabotage.ts';
import { repeatEvents } from '../../meddling/posted-events.ts';

export default defineSabotage({
  title: 'Under load, messages reach some twice',
  damages: 'Every twentieth event of a new message comes a second time.',
  drill: 'load',
  caughtBy: { check: 'load.websocket-events', code: 'EVENTS_SURPLUS' },
  settings: (config, on) => repeatEvents(config, on, (number) => (number % 20 === 0 ? 2 : 1)),
});
