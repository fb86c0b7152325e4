import { defineSabotage } from '../sabotage.ts';
import { meddle } from '../../meddling/meddle.ts';

export default defineSabotage({
  title: 'No WebSocket gets through',
  damages: 'The proxy refuses the upgrade, as one does that was never told of it.',
  drill: 'login',
  checks: ['login.first-message'],
  caughtBy: { check: 'login.first-message', code: 'EVENT_LOST' },
  mayFollow: ['objective.rto'],
  settings: (config, on) => meddle(config, on, { refuseWebSockets: true }),
});
