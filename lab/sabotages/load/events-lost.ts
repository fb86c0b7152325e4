import { defineSabotage } from '../sabotage.ts';
import { meddle } from '../../meddling/meddle.ts';

export default defineSabotage({
  title: 'Under load, messages do not reach everybody',
  damages: 'Every twentieth event of a new message.',
  drill: 'load',
  caughtBy: { check: 'load.websocket-events', code: 'EVENTS_LOST' },
  settings: (config, on) => {
    let count = 0;
    return meddle(config, on, {
      event(frame) {
        if (!frame.includes('"event":"posted"')) return [frame];
        count += 1;
        return count % 20 === 0 ? [] : [frame];
      },
    });
  },
});
