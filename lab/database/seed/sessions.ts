import type { Client } from 'pg';
import { insertRows, type Row } from './insert-rows.ts';
import type { Person } from './people.ts';
import { createRandom } from './random.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export interface Sessions {
  readonly liveSessionToken: string;
  readonly pushDeviceIds: readonly string[];
  readonly personalTokens: readonly string[];
  /** Of the canary writer's bot. */
  readonly canaryToken: string;
}

/** Writes who is signed in, on what, with which tokens, and who tried. */
export async function writeSessions(
  client: Client,
  seed: number,
  people: readonly Person[],
  now: number,
): Promise<Sessions> {
  const random = createRandom(seed, 'sessions');
  const present = people.filter(({ bot, deactivated, guest }) => !bot && !deactivated && !guest);
  const sessions = present.slice(0, 18).map((person, index) => {
    const mobile = index % 3 === 2;
    const begun = now - random.between(1, 20) * DAY;
    const device = mobile ? `${index % 2 ? 'apple_rn-v2' : 'android_rn-v2'}:lab-device-${random.id()}` : '';
    return {
      id: random.id(),
      token: random.id(),
      createat: begun,
      // The second has run out: the server tells that device so. The others have weeks to go.
      expiresat: index === 2 ? now - HOUR : begun + 30 * DAY,
      lastactivityat: now - random.between(2, 600) * 60_000,
      userid: person.id,
      deviceid: device,
      roles: person.roles,
      isoauth: person.authService !== '',
      props: {
        csrf: random.id(),
        os: mobile ? '' : 'Linux',
        browser: mobile ? 'Unknown/0.0' : 'Firefox/140.0',
        platform: 'Unknown',
        isMobile: String(mobile),
        isOAuthUser: String(person.authService !== ''),
        isSaml: 'false',
        is_guest: 'false',
      },
      expirednotify: false,
    };
  });
  await insertRows(client, 'sessions', sessions);

  const bots = people.filter(({ bot }) => bot);
  const personal = [...bots, ...present.slice(3, 4)].map((person) => ({
    id: random.id(),
    token: random.id(),
    userid: person.id,
    description: person.bot ? person.username : 'export script',
    isactive: true,
  }));
  await insertRows(client, 'useraccesstokens', personal);
  await insertRows(client, 'tokens', [
    { token: random.id() + random.id(), createat: now - 5 * 60_000, type: 'password_recovery', extra: '{}' },
    { token: random.id() + random.id(), createat: now - 60_000, type: 'oauth', extra: '{"action":"login"}' },
  ]);
  await insertRows(client, 'desktoptokens', [
    { token: random.id(), createat: now - 30_000, userid: present[1]?.id },
  ]);
  await insertRows(client, 'status', statusRows(people, now, random.between(1, 9)));
  await insertRows(client, 'preferences', people.filter(({ bot }) => !bot).flatMap(preferenceRows));
  await insertRows(client, 'audits', auditRows(seed, present, now));
  const canary = bots.find(({ username }) => username === 'canary-writer');
  return {
    // The administrator's browser.
    liveSessionToken: sessions[0]?.token ?? '',
    pushDeviceIds: sessions.map(({ deviceid }) => deviceid).filter((id) => id !== ''),
    personalTokens: personal.map(({ token }) => token),
    canaryToken: personal.find(({ userid }) => userid === canary?.id)?.token ?? '',
  };
}

function statusRows(people: readonly Person[], now: number, shift: number): Row[] {
  const states = ['online', 'away', 'offline', 'dnd', 'online', 'offline'];
  return people.map(({ id, deactivated }, index) => ({
    userid: id,
    status: deactivated ? 'offline' : states[(index + shift) % states.length],
    manual: false,
    lastactivityat: now - index * 60_000,
    dndendtime: 0,
    prevstatus: '',
  }));
}

function preferenceRows({ id }: Person, index: number): Row[] {
  return [
    { userid: id, category: 'tutorial_step', name: id, value: '999' },
    { userid: id, category: 'recommended_next_steps', name: 'hide', value: 'true' },
    { userid: id, category: 'system_notice', name: 'GMasDM', value: 'true' },
    { userid: id, category: 'display_settings', name: 'use_military_time', value: String(index % 3 !== 0) },
    {
      userid: id,
      category: 'display_settings',
      name: 'collapsed_reply_threads',
      value: index % 5 === 0 ? 'off' : 'on',
    },
  ];
}

function auditRows(seed: number, present: readonly Person[], now: number): Row[] {
  const random = createRandom(seed, 'audits');
  return Array.from({ length: 300 }, (_, index) => {
    const { id, username } = random.pick(present);
    return {
      id: random.id(),
      createat: now - (300 - index) * 20 * 60_000 + random.below(60_000),
      userid: id,
      action: '/api/v4/users/login',
      extrainfo: random.chance(0.05) ? `fail login_id=${username}` : `success session_user=${id}`,
      ipaddress: `198.51.100.${random.between(2, 250)}`,
      sessionid: '',
    };
  });
}
