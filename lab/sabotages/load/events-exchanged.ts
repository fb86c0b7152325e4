import { defineSabotage } from '../sabotage.ts';
import { repeatEvents } from '../../meddling/posted-events.ts';

export default defineSabotage({
  title: 'Under load, some events are lost and as many come twice',
  damages: 'Of all events of new messages, the fifth is lost and the sixtieth comes twice.',
  drill: 'load',
  caughtBy: { check: 'load.websocket-events', code: 'EVENTS_LOST' },
  settings: (config, on) =>
    repeatEvents(
      config,
      on,
      (number) => (number === 5 ? 0 : number === 60 ? 2 : 1),
      (frame) => /"posted".*muster load measured/.test(frame),
    ),
});
