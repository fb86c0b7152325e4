import { defineSabotage } from '../sabotage.ts';
import { meddle } from '../../meddling/meddle.ts';

export default defineSabotage({
  title: 'The WebSocket connects, and brings nothing',
  damages: 'Every event after the greeting is lost.',
  drill: 'login',
  checks: ['login.first-message'],
  caughtBy: { check: 'login.first-message', code: 'EVENT_LOST' },
  mayFollow: ['objective.rto'],
  settings: (config, on) =>
    meddle(config, on, { event: (frame) => (frame.includes('"event":"hello"') ? [frame] : []) }),
});
