import { defineSabotage } from '../sabotage.ts';
import { repeatEvents } from '../../meddling/posted-events.ts';

export default defineSabotage({
  title: 'Under load, messages do not reach everybody',
  damages: 'Every twentieth event of a new message.',
  drill: 'load',
  caughtBy: { check: 'load.websocket-events', code: 'EVENTS_LOST' },
  settings: (config, on) => repeatEvents(config, on, (number) => (number % 20 === 0 ? 0 : 1)),
});
