import { defineSabotage } from '../sabotage.ts';
import { afterCommit } from '../../meddling/database.ts';

export default defineSabotage({
  title: 'Edits are taken and not kept',
  damages: 'The text of an edited message is the old one again when its transaction ends.',
  drill: 'messages',
  checks: ['messages.live-edit'],
  caughtBy: { check: 'messages.live-edit', code: 'EDIT_LOST' },
  site: ({ query }) =>
    afterCommit(query, 'update', 'posts', 'update posts set message = old.message where id = new.id'),
});
