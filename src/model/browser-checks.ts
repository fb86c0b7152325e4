import type { Config, Member } from './config.ts';

/** What the browser is sent to find out, in the order of the drill. */
export const SUITES = ['login', 'messages', 'search'] as const;
export type Suite = (typeof SUITES)[number];

/** Ids of the checks that a suite makes on a site with these settings. */
export function browserChecksOf(suite: Suite, { members }: Pick<Config, 'members'>): readonly string[] {
  switch (suite) {
    case 'login':
      return [
        'login.first-message',
        'login.site-url',
        ...usernames(members, ['member', 'admin']).flatMap((name) => [
          `login.secondary-idp.${name}`,
          `login.same-account.${name}`,
        ]),
        ...idsOfPart(members, 'break-glass'),
        ...idsOfPart(members, 'stranger'),
        ...idsOfPart(members, 'deactivated'),
      ];
    case 'messages':
      return [
        'messages.newest-canary',
        'messages.samples',
        'messages.thread',
        'messages.edited',
        'messages.file',
        'messages.direct',
        'messages.live-post',
        'messages.live-reply',
        'messages.live-reaction',
        'messages.live-edit',
        'messages.live-file',
        'messages.live-second-user',
      ];
    case 'search':
      return ['search.historic', 'search.live'];
  }
}

/** Checks that every suite makes beside its tests: of the site itself, and of where the clients really went. */
export function siteChecksOf(suite: Suite): readonly string[] {
  return [`${suite}.site-well`, `${suite}.site-reached`, `${suite}.primary-idp-never-contacted`];
}

/** One check for each member with this part. Without any the question stands, and nobody can answer it. */
function idsOfPart(members: readonly Member[], part: Member['part']): readonly string[] {
  const names = usernames(members, [part]);
  return names.length === 0 ? [`login.${part}`] : names.map((name) => `login.${part}.${name}`);
}

function usernames(members: readonly Member[], parts: readonly Member['part'][]): readonly string[] {
  return members.filter(({ part }) => parts.includes(part)).map(({ username }) => username);
}
