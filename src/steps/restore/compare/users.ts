import type { Client } from 'pg';
import type { Baseline } from '../../../baseline/find-baseline.ts';
import type { UserState } from '../../../baseline/format.ts';
import { readUsers } from '../../../baseline/read-users.ts';
import type { Check } from '../../../model/check.ts';
import { someOf } from '../../../support/some-of.ts';
import { comparison, judgeDifference } from './comparison.ts';
import { Tally } from './tally.ts';

export const USER_COMPARISONS = ['users', 'memberships'] as const;

const ACCOUNT = ['names', 'authService', 'authData', 'roles', 'deleteAt', 'mfaActive', 'mfa'] as const;
const WORDS: Readonly<Record<(typeof ACCOUNT)[number], string>> = {
  names: 'name or e-mail address',
  authService: 'sign-in service',
  authData: 'id at the identity provider',
  roles: 'roles',
  deleteAt: 'whether it is active',
  mfaActive: 'whether it has a second factor',
  mfa: 'secret of the second factor',
};
/** Every account against its record: both sides come sorted by id, one page at a time. */
export async function compareUsers(
  client: Client,
  baseline: Baseline,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const accounts = new Tally();
  const memberships = new Tally();
  let compared = 0;
  for await (const [before, after] of bothSides(baseline.users(signal), flat(readUsers(client, signal)))) {
    signal.throwIfAborted();
    if (before === undefined || after === undefined) {
      accounts.add(before === undefined ? `${after?.id} was added` : `${before.id} is missing`);
      continue;
    }
    compared += 1;
    const changed = ACCOUNT.filter((field) => before[field] !== after[field]).map((field) => WORDS[field]);
    if (changed.length > 0) accounts.add(`${before.id}: ${changed.join(', ')}`);
    if (before.memberships !== after.memberships)
      memberships.add(
        `${before.id}: ${after.teams} teams and ${after.channels} channels instead of ${before.teams} and ${before.channels}`,
      );
  }
  const { manifest } = baseline;
  const expected = `${manifest.sections.users.records} accounts, each the same`;
  const judge = (
    name: 'users' | 'memberships',
    { total, examples }: Tally,
    code: string,
    hint: string,
  ): Check =>
    total === 0 && compared > 0
      ? { ...comparison(name), expected, verdict: 'passed', seen: `all ${compared} the same` }
      : {
          ...comparison(name),
          expected,
          seen: `${compared} compared, ${total} differ${total > 0 ? `: ${someOf(examples)}` : ''}`,
          ...judgeDifference(manifest, { code, hint }),
        };
  return [
    judge(
      'users',
      accounts,
      'USERS_DIFFER_FROM_BASELINE',
      'These people are locked out, get another account, or may do what they might not.',
    ),
    judge(
      'memberships',
      memberships,
      'MEMBERSHIPS_DIFFER',
      'These people miss teams or channels, or see some that were not theirs.',
    ),
  ];
}

async function* flat(pages: AsyncIterable<readonly UserState[]>): AsyncGenerator<UserState> {
  for await (const page of pages) yield* page;
}

/** Pairs of the same id; one side is undefined where the other stands alone. */
async function* bothSides(
  left: AsyncIterator<UserState>,
  right: AsyncIterator<UserState>,
): AsyncGenerator<readonly [UserState | undefined, UserState | undefined]> {
  let [a, b] = [await left.next(), await right.next()];
  while (!a.done || !b.done) {
    const [before, after] = [a.done ? undefined : a.value, b.done ? undefined : b.value];
    const takeLeft = before !== undefined && (after === undefined || before.id <= after.id);
    const takeRight = after !== undefined && (before === undefined || after.id <= before.id);
    yield [takeLeft ? before : undefined, takeRight ? after : undefined];
    if (takeLeft) a = await left.next();
    if (takeRight) b = await right.next();
  }
}
