import { defineSabotage } from '../sabotage.ts';
import { meddle } from '../../meddling/meddle.ts';

export default defineSabotage({
  title: 'The WebSocket connects, and brings nothing',
  damages: 'Every event after the greeting is lost.',
  drill: 'messages',
  checks: ['messages.live-post'],
  caughtBy: { check: 'messages.live-post', code: 'EVENT_LOST' },
  settings: (config, on) =>
    meddle(config, on, { event: (frame) => (frame.includes('"event":"hello"') ? [frame] : []) }),
});
