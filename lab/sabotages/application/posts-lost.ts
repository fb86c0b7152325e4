import { defineSabotage } from '../sabotage.ts';
import { afterCommit } from '../../meddling/database.ts';

export default defineSabotage({
  title: 'Messages are taken and not kept',
  damages:
    'Each new row of posts is gone when its transaction ends, though the site has said that all is well.',
  drill: 'messages',
  checks: ['messages.live-post'],
  caughtBy: { check: 'messages.live-post', code: 'MESSAGE_LOST' },
  site: ({ query }) => afterCommit(query, 'insert', 'posts', 'delete from posts where id = new.id'),
});
