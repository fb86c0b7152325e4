import { readFile } from 'node:fs/promises';
import type { Check } from '../../model/check.ts';
import type { Config } from '../../model/config.ts';
import type { Step, StepContext } from '../../model/drill.ts';
import { minutes } from '../../model/duration.ts';
import type { RestoredAccounts } from '../../model/facts.ts';
import { cleanUsername } from '../../providers/identity/match-users.ts';
import { fingerprint, readAccounts, type Account } from '../identity/accounts.ts';
import { askPrimaryIdp } from '../identity/ask-primary-idp.ts';
import { askWhereToSignIn } from '../identity/ask-where-to-sign-in.ts';
import { namingOf } from '../identity/judge-accounts.ts';
import { openRestored } from '../restore/restored-database.ts';

/** Once people have signed in: nobody became somebody else, nobody was added, and all of it without the primary IdP. */
export function identityIsContinuous(): Step {
  return {
    id: 'identity-is-continuous',
    title: 'Check that everybody is still who they were',
    needs: ['site', 'accounts'],
    promises: [
      'identity.user-count',
      'identity.accounts-unchanged',
      'identity.sessions',
      'identity.sign-in-page',
      'identity.primary-dead',
    ],
    budget: minutes(5),
    plan: ({ identity: { primary } }) => [
      'compare every account with what it was before anybody signed in',
      'look for sessions from before the outage',
      'ask the restored site where it sends people to sign in',
      primary.url === undefined
        ? 'leave open whether the primary IdP was dead (identity.primary.url is not set)'
        : `ask ${primary.url} whether the primary IdP is dead`,
    ],
    run,
  };
}

async function run(ctx: StepContext): Promise<void> {
  await using connection = await openRestored(ctx.get('database'), { readOnly: true });
  const before = ctx.get('accounts');
  const known = JSON.parse(await readFile(before.fingerprints, 'utf8')) as Readonly<Record<string, string>>;
  const now = await readAccounts(connection.client);
  ctx.check(judgeCount(now, known, ctx.config));
  ctx.check(judgeUnchanged(now, known, ctx.config));
  const { rows } = await connection.client.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM sessions WHERE createat < $1',
    [ctx.outageAt.getTime()],
  );
  ctx.check(judgeSessions(before.sessions, rows[0]?.n ?? 0));
  ctx.check(await askWhereToSignIn(ctx));
  ctx.check(await askPrimaryIdp(ctx));
}

/** Only strangers of the drill may have been added, and only where the site is meant to let them in. */
function judgeCount(
  now: readonly Account[],
  before: Readonly<Record<string, string>>,
  config: Pick<Config, 'identity' | 'members' | 'privacy'>,
): Check {
  const { identity, members } = config;
  const welcome = new Set(
    identity.strangers === 'created'
      ? members
          .filter(({ part }) => part === 'stranger')
          .map(({ username, idpUsername = username }) => cleanUsername(idpUsername))
      : [],
  );
  const added = now.filter(({ id }) => before[id] === undefined);
  const uninvited = added.filter(
    ({ username, authService }) => !(welcome.has(username) && authService === identity.secondary.kind),
  );
  const left = new Set(now.map(({ id }) => id));
  const gone = Object.keys(before).filter((id) => !left.has(id));
  const total = Object.keys(before).length;
  const check = {
    id: 'identity.user-count',
    claim: 'Signing in has added no account and removed none',
    expected: `${total}${welcome.size > 0 ? `, and up to ${welcome.size} for strangers, who are let in here` : ''}`,
    seen: `${now.length}`,
  };
  if (uninvited.length === 0 && gone.length === 0) return { ...check, verdict: 'passed' };
  const naming = namingOf(config);
  const said = [
    ...(uninvited.length > 0 ? [`added: ${uninvited.slice(0, 5).map(naming.user).join(', ')}`] : []),
    ...(gone.length > 0 ? [`${gone.length} gone`] : []),
  ];
  return {
    ...check,
    verdict: 'missed',
    seen: `${now.length}; ${said.join('; ')}`,
    code: 'USER_COUNT_CHANGED',
    hint: 'Somebody was not found again and got a second account, or somebody was let in who should not be.',
  };
}

function judgeUnchanged(
  now: readonly Account[],
  before: Readonly<Record<string, string>>,
  config: Pick<Config, 'privacy'>,
): Check {
  const changed = now.filter((account) => {
    const known = before[account.id];
    return known !== undefined && known !== fingerprint(account);
  });
  const naming = namingOf(config);
  return {
    id: 'identity.accounts-unchanged',
    claim: 'Signing in has left every account its name, e-mail address, roles, id and state',
    verdict: changed.length > 0 ? 'missed' : now.length === 0 ? 'unverified' : 'passed',
    expected: 'as in the restored copy',
    seen:
      changed.length > 0
        ? `${changed.length} changed: ${changed.slice(0, 5).map(naming.user).join(', ')}`
        : `${now.length} accounts, none of them changed`,
    ...(changed.length > 0 && {
      code: 'ACCOUNTS_CHANGED',
      hint: 'See identity.restored.attributes and identity.restored.deactivated: what the IdP sends overwrites accounts.',
    }),
  };
}

function judgeSessions({ total, alive }: RestoredAccounts['sessions'], left: number): Check {
  const check = {
    id: 'identity.sessions',
    claim: 'No session from before the outage still works: everybody has to sign in again',
    expected: 'none is left',
  };
  const came = `${total} came with the copy, ${alive} of them good for longer than the outage`;
  return left === 0
    ? { ...check, verdict: 'passed', seen: `none is left; ${came}` }
    : {
        ...check,
        verdict: 'missed',
        seen: `${left} are left; ${came}`,
        code: 'SESSIONS_LEFT',
        hint: 'Who stayed signed in has shown nothing about signing in. See the quarantine.',
      };
}
