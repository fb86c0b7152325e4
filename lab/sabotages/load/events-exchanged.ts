import { defineSabotage } from '../sabotage.ts';
import { meddle } from '../../meddling/meddle.ts';

export default defineSabotage({
  title: 'Under load, some events are lost and as many come twice',
  damages: 'Of all events of new messages, the fifth is lost and the sixtieth comes twice.',
  drill: 'load',
  caughtBy: { check: 'load.websocket-events', code: 'EVENTS_LOST' },
  settings: (config, on) => {
    let count = 0;
    return meddle(config, on, {
      event(frame) {
        if (!/"posted".*muster load measured/.test(frame)) return [frame];
        count += 1;
        if (count === 5) return [];
        return count === 60 ? [frame, frame] : [frame];
      },
    });
  },
});
