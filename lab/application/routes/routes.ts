import { Router } from '../http/router.ts';
import { addChannelRoutes } from './channels.ts';
import { addChannelPostRoutes } from './channel-posts.ts';
import { addDraftRoutes } from './drafts.ts';
import { addFileRoutes } from './files.ts';
import { addLoginRoutes } from './login.ts';
import { addMemberRoutes } from './members.ts';
import { addOAuthRoutes } from './oauth.ts';
import { addPostRoutes } from './posts.ts';
import { addPreferenceRoutes } from './preferences.ts';
import { addSidebarRoutes } from './sidebar.ts';
import { addSystemRoutes } from './system.ts';
import { addTeamRoutes } from './teams.ts';
import { addThreadRoutes } from './threads.ts';
import { addUserRoutes } from './users.ts';

/** Every route that the stand-in answers; the rest is 404 in Mattermost's form. */
export function createRouter(): Router {
  const router = new Router();
  const areas = [
    addSystemRoutes,
    addLoginRoutes,
    addOAuthRoutes,
    addUserRoutes,
    addTeamRoutes,
    addChannelRoutes,
    addMemberRoutes,
    addChannelPostRoutes,
    addPostRoutes,
    addThreadRoutes,
    addFileRoutes,
    addPreferenceRoutes,
    addSidebarRoutes,
    addDraftRoutes,
  ];
  for (const add of areas) add(router);
  return router;
}
