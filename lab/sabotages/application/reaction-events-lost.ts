import { defineSabotage } from '../sabotage.ts';
import { meddle } from '../../meddling/meddle.ts';

export default defineSabotage({
  title: 'Reactions do not appear until a page is loaded anew',
  damages: 'Events of one kind are lost on the WebSocket.',
  drill: 'messages',
  checks: ['messages.live-reaction'],
  caughtBy: { check: 'messages.live-reaction', code: 'EVENT_LOST' },
  settings: (config, on) =>
    meddle(config, on, { event: (frame) => (frame.includes('"event":"reaction_added"') ? [] : [frame]) }),
});
