import { beginOAuth, completeOAuth } from '../oauth.ts';
import type { Router } from '../http/router.ts';

export function addOAuthRoutes(router: Router): void {
  for (const action of ['login', 'signup', 'mobile_login']) {
    router.on('GET', `/oauth/:service/${action}`, beginOAuth, { open: true });
  }
  for (const path of ['signup', 'login', 'oauth']) {
    router.on('GET', `/${path}/:service/complete`, completeOAuth, { open: true });
  }
}
