import type { SiteUser } from '../site-record.ts';
import { hashPassword } from '../password.ts';
import { createRandom, type Random } from './random.ts';
import type { Row } from './insert-rows.ts';

const DAY = 86_400_000;

export type Person = SiteUser;

/** First name, last name, what they do. The first signs in through the identity provider as administrator. */
const STAFF = `
  Ines|Moreau|Head of response; Tomas|Berg|Duty officer; Amara|Okafor|Duty officer; Yuki|Tanabe|Forensics
  Zoë|Lindqvist|Network lead; Mateusz|Łuczak|Storage; Priya|Raman|Identity; Elias|Haddad|Field coordinator
  Noor|Aziz|Translator; Siobhán|Keane|Communications; Diego|Fuentes|Logistics; Hana|Novák|Monitoring
  Oluwaseun|Bello|Databases; Mei|Zhang|Forensics; Lars|Nygaard|Power and cooling; Fatima|Zahra|Night shift
  Jonas|Weiss|Night shift; Camille|Dubois|Legal; Ravi|Menon|Databases; Anneli|Saar|Crypto desk
  Kofi|Mensah|Field team north; Luca|Romano|Field team south; Ewa|Kowalska|Radio room; Björk|Jónsdóttir|Radio room
  Samuel|Adeyemi|Vendors; Chiara|Conti|Press; Thi|Nguyen|Mapping`;

/** Password users: contractors and those who must get in when the identity provider is gone. */
const BY_PASSWORD =
  'Otto|Falk|Contractor; Grace|Mbeki|Contractor, second factor; Pavel|Horák|Auditor, second factor';

interface Traits {
  readonly roles?: string;
  readonly password?: string;
  readonly second?: boolean;
  readonly leftAfter?: number;
  readonly knownAtIdp?: boolean;
  readonly bot?: boolean;
}

/** Everybody: staff by single sign-on, people with passwords, those who left, a guest, and the bots. */
export function invitePeople(seed: number, startedAt: number, domain: string): Person[] {
  const random = createRandom(seed, 'people');
  let nextAuthData = 4_100;
  const invite = (text: string, traits: Traits = {}): Person => {
    const [firstName = '', lastName = '', position = ''] = text.trim().split('|');
    const sso = traits.password === undefined && !traits.bot;
    const username = traits.bot ? firstName : [firstName, lastName].filter(Boolean).map(toAscii).join('.');
    return {
      id: random.id(),
      username,
      email: traits.bot ? `${username}@localhost` : `${username}@${domain}`,
      firstName,
      lastName,
      position,
      roles: traits.roles ?? 'system_user',
      authService: sso ? 'gitlab' : '',
      authData: sso ? String((nextAuthData += random.between(1, 60))) : null,
      password: traits.password ?? null,
      mfaSecret: traits.second ? base32(random.bytes(20)) : null,
      deactivated: traits.leftAfter !== undefined,
      leftAt: traits.leftAfter === undefined ? 0 : startedAt + traits.leftAfter * DAY,
      knownAtIdp: sso && (traits.knownAtIdp ?? true),
      bot: traits.bot ?? false,
      guest: traits.roles === 'system_guest',
    };
  };
  const [head = '', ...staff] = STAFF.split(/;|\n/).filter((line) => line.trim() !== '');
  return [
    invite(head, { roles: 'system_admin system_user' }),
    ...staff.map((line) => invite(line)),
    invite('Breakglass||Sealed envelope', {
      roles: 'system_admin system_user',
      password: 'Lab-only: red lantern, harbour wall',
      second: true,
    }),
    ...BY_PASSWORD.split(';').map((line, index) => {
      return invite(line, {
        password: `Lab-only: oil lamp ${index + 1}, north pier`,
        second: line.includes('second'),
      });
    }),
    // Left the organisation, but the identity provider was never told: single sign-on would bring her back.
    invite('Renata|Silva|Left in spring', { leftAfter: 210, knownAtIdp: true }),
    invite('Gregor|Stoll|Retired', { leftAfter: 320, knownAtIdp: false }),
    invite('Maud|Perrin|Contract ended', { leftAfter: 150, password: 'Lab-only: blown out in April' }),
    invite('Ulla|Brandt|Insurer, guest', {
      roles: 'system_guest',
      password: 'Lab-only: visitor at the gate',
    }),
    invite('canary-writer||Writes a numbered message at a fixed interval', { bot: true }),
    invite('watchtower||Relays alerts from monitoring', { bot: true }),
    invite('handover||Keeps the shift log', { bot: true }),
  ];
}

/** Rows for `users`. Hashing is slow on purpose, so all passwords are hashed side by side. */
export async function userRows(
  people: readonly Person[],
  seed: number,
  startedAt: number,
  now: number,
): Promise<Row[]> {
  const random = createRandom(seed, 'user rows');
  const salts = people.map(() => random.bytes(16));
  const hashes = await Promise.all(
    people.map(({ password }, index) =>
      password === null ? '' : hashPassword(password, salts[index] as Buffer),
    ),
  );
  return people.map((person, index) => {
    const createdAt = startedAt + index * 60_000;
    return {
      id: person.id,
      createat: createdAt,
      updateat: Math.max(createdAt, person.leftAt),
      deleteat: person.leftAt,
      username: person.username,
      password: hashes[index],
      authdata: person.authData,
      authservice: person.authService,
      email: person.email,
      emailverified: !person.bot,
      nickname: '',
      firstname: person.firstName,
      lastname: person.lastName,
      roles: person.roles,
      allowmarketing: false,
      props: {},
      notifyprops: notifications(person.username),
      lastpasswordupdate: createdAt,
      lastpictureupdate: person.bot ? 0 : createdAt + 30_000,
      failedattempts: 0,
      locale: random.pick(['en', 'en', 'en', 'en', 'de', 'fr', 'es']),
      mfaactive: person.mfaSecret !== null,
      mfasecret: person.mfaSecret ?? '',
      position: person.position,
      timezone: timezone(random),
      remoteid: null,
      lastlogin: person.bot ? 0 : (person.leftAt || now) - random.between(1, 72) * 3_600_000,
      mfausedtimestamps: person.mfaSecret === null ? null : [],
    };
  });
}

export function botRows(people: readonly Person[], startedAt: number): Row[] {
  const [owner] = people;
  return people
    .filter(({ bot }) => bot)
    .map(({ id, position }) => ({
      userid: id,
      description: position,
      ownerid: owner?.id ?? '',
      createat: startedAt,
      updateat: startedAt,
      deleteat: 0,
      lasticonupdate: 0,
    }));
}

function notifications(username: string): Row {
  return {
    desktop: 'mention',
    desktop_sound: 'true',
    desktop_threads: 'all',
    email: 'true',
    email_threads: 'all',
    push: 'mention',
    push_status: 'online',
    push_threads: 'all',
    channel: 'true',
    comments: 'never',
    first_name: 'false',
    mention_keys: `@${username}`,
  };
}

function timezone(random: Random): Row {
  const place = random.pick([
    'Europe/Lisbon',
    'Europe/Berlin',
    'Europe/Tallinn',
    'Africa/Lagos',
    'Asia/Tokyo',
  ]);
  return { useAutomaticTimezone: 'true', automaticTimezone: place, manualTimezone: '' };
}

/** Mattermost's usernames are plain letters; NFD parts most accents, and Ł and the like have no parts. */
function toAscii(name: string): string {
  const letters: Readonly<Record<string, string>> = { ł: 'l', ø: 'o', đ: 'd', ß: 'ss' };
  const plain = name.toLowerCase().normalize('NFD').replaceAll(/\p{M}/gu, '');
  return plain.replaceAll(/[łøđß]/g, (letter) => letters[letter] ?? letter);
}

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return bits.replaceAll(
    /.{5}/g,
    (five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)] ?? '',
  );
}
