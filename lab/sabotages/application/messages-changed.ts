import { defineSabotage } from '../sabotage.ts';

export default defineSabotage({
  title: 'Old messages read otherwise than they were written',
  damages: 'One letter in every message that is shown.',
  drill: 'messages',
  checks: ['messages.samples'],
  caughtBy: { check: 'messages.samples', code: 'MESSAGE_LOST' },
  site: async ({ query }) => {
    await query(`update posts set message = overlay(message placing '_' from 2) where length(message) > 2`);
  },
});
