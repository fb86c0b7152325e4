import type { Client } from 'pg';
import type { Check } from '../../../model/check.ts';
import type { Config, Member } from '../../../model/config.ts';
import type { StepContext } from '../../../model/drill.ts';
import { isPasswordService } from '../../../providers/identity/matching-rules.ts';
import type { Account } from '../../identity/accounts.ts';
import { namingOf } from '../../identity/judge-accounts.ts';

type Faults = readonly { readonly code: string; readonly what: string }[];

/** Whether the people whom the drill will send are in the copy, with what their part needs. */
export function judgeMembers(accounts: readonly Account[], { members, identity }: Config): Check {
  const byUsername = new Map(accounts.map((account) => [account.username, account]));
  const service = identity.secondary.kind;
  const faults = members.flatMap((member) =>
    faultsOf(member, byUsername.get(member.username.toLowerCase()), service),
  );
  const check = {
    id: 'identity.restored.members',
    claim: 'The drill’s own members came back with the roles that their part needs',
    expected: `${members.length} of them`,
  };
  const [first] = faults;
  if (first === undefined) return { ...check, verdict: 'passed', seen: `all ${members.length}` };
  return {
    ...check,
    verdict: 'missed',
    seen: faults.map(({ what }) => what).join('; '),
    code: first.code,
    hint: 'Look at the accounts in production: either the backup has lost something, or `members` is out of date.',
  };
}

function faultsOf({ username, part }: Member, account: Account | undefined, service: string): Faults {
  if (part === 'break-glass') return [];
  if (part === 'stranger')
    return account ? [{ code: 'MEMBER_UNFIT', what: `${username} is no stranger to the copy` }] : [];
  if (!account) return [{ code: 'MEMBER_MISSING', what: `${username} is not in the copy` }];
  if (part === 'deactivated')
    return account.active ? [{ code: 'MEMBER_UNFIT', what: `${username} is active` }] : [];
  const faults = [];
  if (part === 'admin' && !account.roles.split(' ').includes('system_admin'))
    faults.push({
      code: 'ROLE_LOST',
      what: `${username} is no system_admin but ${account.roles || 'nothing'}`,
    });
  if (!account.active) faults.push({ code: 'MEMBER_UNFIT', what: `${username} is deactivated` });
  if (account.authService !== service)
    faults.push({
      code: 'MEMBER_UNFIT',
      what: `${username} signs in by ${account.authService || 'password'}, not by ${service}`,
    });
  return faults;
}

/** Whether one-time codes that Mattermost itself asks for can be right: those of password users alone. */
export async function judgeSecondFactor(
  client: Client,
  { config, secret }: Pick<StepContext, 'config' | 'secret'>,
): Promise<Check> {
  const { rows } = await client.query<{ id: string; username: string; active: boolean; secret: string }>(
    `SELECT id, username, coalesce(mfaactive, false) AS active, coalesce(mfasecret, '') AS secret
       FROM users WHERE deleteat = 0 AND coalesce(authservice, '') IN ('', 'email', 'ldap')`,
  );
  const naming = namingOf(config);
  const users = rows.filter(({ active }) => active);
  const lost = users
    .filter((user) => !isBase32(user.secret))
    .map((user) => `${naming.user(user)} has no secret that codes can be made of`);
  for (const { username, totp } of config.members.filter(({ part }) => part === 'break-glass')) {
    const row = rows.find((one) => one.username === username.toLowerCase());
    if (totp === undefined || row === undefined) continue;
    if (!row.active) lost.push(`${username} is asked for no code any more`);
    else if (withoutPadding(row.secret) !== withoutPadding(await secret(totp)))
      lost.push(`${username} has another secret than the authenticator`);
  }
  const check = {
    id: 'identity.restored.second-factor',
    claim: 'Everybody with a second factor in Mattermost still has its secret',
    expected: 'a secret each, and that of the break-glass authenticator',
  };
  if (lost.length > 0)
    return {
      ...check,
      verdict: 'missed',
      seen: `${lost.length} lost: ${lost.slice(0, 5).join(', ')}`,
      code: 'TOTP_LOST',
      hint: 'These people are asked for a code that can never be right. `mmctl user resetmfa` lets them begin anew.',
    };
  if (users.length === 0)
    return {
      ...check,
      verdict: 'unverified',
      seen: 'nobody in the copy has a second factor',
      code: 'NO_SECOND_FACTOR',
      hint: 'Give the break-glass account one, so that a drill can tell whether it comes back.',
    };
  return { ...check, verdict: 'passed', seen: `${users.length} people, each with a secret` };
}

const withoutPadding = (secret: string): string => secret.toUpperCase().replaceAll(/[\s=]/g, '');

/** RFC 4648, section 6. */
const isBase32 = (secret: string): boolean => /^[A-Z2-7]+$/.test(withoutPadding(secret));

/** Whether somebody can get in by a way that needs no identity provider. */
export function judgeBreakGlass(accounts: readonly Account[], { members }: Pick<Config, 'members'>): Check {
  const check = {
    id: 'identity.restored.break-glass',
    claim: 'An account that needs no identity provider came back, active and with its password',
    expected: 'every member with part: break-glass',
  };
  const wanted = members.filter(({ part }) => part === 'break-glass');
  if (wanted.length === 0)
    return {
      ...check,
      verdict: 'unverified',
      seen: 'the config names no member with part: break-glass',
      code: 'NOT_APPLICABLE',
      hint: 'Somebody must get in when no IdP answers. Make such an account, and name it in `members`.',
    };
  const unfit = wanted.flatMap(({ username }) => {
    const account = accounts.find((one) => one.username === username.toLowerCase());
    if (!account) return [`${username} is not in the copy`];
    if (!account.active) return [`${username} is deactivated`];
    if (!isPasswordService(account.authService)) return [`${username} needs ${account.authService}`];
    return account.hasPassword ? [] : [`${username} has no password`];
  });
  return unfit.length === 0
    ? { ...check, verdict: 'passed', seen: wanted.map(({ username }) => username).join(', ') }
    : {
        ...check,
        verdict: 'missed',
        seen: unfit.join('; '),
        code: 'BREAK_GLASS_UNUSABLE',
        hint: 'Nobody could get in when no IdP answers. See the account in production.',
      };
}
