import { defineSabotage } from '../sabotage.ts';
import { meddle } from '../../meddling/meddle.ts';

export default defineSabotage({
  title: 'No WebSocket gets through',
  damages: 'The proxy refuses the upgrade, as one does that was never told of it.',
  drill: 'messages',
  checks: ['messages.live-post'],
  caughtBy: { check: 'messages.live-post', code: 'EVENT_LOST' },
  settings: (config, on) => meddle(config, on, { refuseWebSockets: true }),
});
