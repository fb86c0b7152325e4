import type { LabConfigParts, LabMember } from './lab-config.ts';
import { formatDuration } from '../src/model/duration.ts';
import type { SiteRecord, SiteUser } from './database/site-record.ts';
import type { IdentityUser } from './identity/index.ts';
import { CANARY_INTERVAL, type PrimarySite } from './primary-site.ts';
import { drawSecret, drawTotpSecret } from './underway.ts';

/** Who is known at which identity provider. */
export interface LabPeople {
  readonly everyday: readonly IdentityUser[];
  readonly emergency: readonly IdentityUser[];
}

/** Known to the secondary alone: a stranger to Mattermost. */
const STRANGER = {
  id: 999_001,
  username: 'passer-by',
  email: 'passer-by@elsewhere.example',
  name: 'Passer By',
};

/** At the secondary everybody has a password and an authenticator of their own; who is deactivated may not sign in. */
export function describePeople({ users }: SiteRecord): LabPeople {
  const people = users.filter(({ authService, bot }) => authService === 'gitlab' && !bot);
  return {
    everyday: people.filter(({ knownAtIdp }) => knownAtIdp).map((user) => withPassword(identityOf(user))),
    emergency: [
      ...people.map((user) => withAuthenticator({ ...identityOf(user), disabled: user.deactivated })),
      withAuthenticator(STRANGER),
    ],
  };
}

type Identity = Omit<IdentityUser, 'password' | 'totpSecret'>;

function identityOf({ authData, username, email, firstName, lastName }: SiteUser): Identity {
  return { id: Number(authData), username, email, name: `${firstName} ${lastName}` };
}

function withPassword(identity: Identity): IdentityUser {
  return { ...identity, password: drawSecret() };
}

/** A password and an authenticator, as the drill's config will hold them. */
export function withAuthenticator(identity: Identity): IdentityUser {
  return { ...withPassword(identity), totpSecret: drawTotpSecret() };
}

/** What a drill's config says of the lab's own site. */
export function describeSite(
  { record, cluster, tls, canaryRecord, addresses }: PrimarySite,
  { emergency }: LabPeople,
): Pick<
  LabConfigParts,
  'tls' | 'production' | 'members' | 'canary' | 'configuration' | 'velero' | 'privacy'
> {
  const channel = record.channels.find(({ id }) => id === record.canary.channelId);
  const team = record.teams.find(({ id }) => id === channel?.teamId);
  return {
    tls,
    production: {
      hosts: ['*.production.invalid', ...addresses],
      databaseSystemIdentifiers: [cluster.systemIdentifier],
    },
    configuration: { prefix: 'config/' },
    velero: { prefix: 'velero', namespace: 'mattermost', schedule: 'mattermost-daily' },
    privacy: { messageTexts: 'keep', userNames: 'keep' },
    members: chooseMembers(record, emergency),
    canary: {
      team: team?.name ?? '',
      channel: channel?.name ?? '',
      interval: formatDuration(CANARY_INTERVAL),
      record: canaryRecord,
    },
  };
}

function chooseMembers(record: SiteRecord, emergency: readonly IdentityUser[]): LabMember[] {
  const sso = record.users.filter(
    ({ authService, bot, guest }) => authService === 'gitlab' && !bot && !guest,
  );
  const active = sso.filter(({ deactivated }) => !deactivated);
  const admin = active.filter(({ roles }) => roles.includes('system_admin')).slice(0, 1);
  const members = active.filter((user) => !admin.includes(user)).slice(0, 3);
  const deactivated = sso.filter((user) => user.deactivated).slice(0, 1);
  const throughIdp =
    (part: LabMember['part']) =>
    ({ username }: { username: string }) =>
      emergency
        .filter((user) => user.username === username)
        .map(({ password, totpSecret }) => ({ username, part, password, totp: totpSecret }));
  const { breakGlass } = record;
  return [
    ...members.flatMap(throughIdp('member')),
    ...admin.flatMap(throughIdp('admin')),
    {
      username: breakGlass.username,
      part: 'break-glass',
      password: breakGlass.password ?? '',
      totp: breakGlass.mfaSecret ?? undefined,
    },
    ...throughIdp('stranger')(STRANGER),
    ...deactivated.flatMap(throughIdp('deactivated')),
  ];
}
