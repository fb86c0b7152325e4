import { timingSafeEqual, createHash } from 'node:crypto';
import { verifySync } from 'otplib';
import type { IdentityUser } from './users.ts';

export interface Accounts {
  /** By id, as the tokens carry it. Undefined for who may not sign in any more. */
  find(id: string): IdentityUser | undefined;
  checkPassword(username: string, password: string): 'unknown' | 'disabled' | IdentityUser;
  /** Accepts each code once, unless told otherwise, and those of one time step (30 s) before and after now. */
  checkCode(user: IdentityUser, code: string): boolean;
}

export function openAccounts(
  users: readonly IdentityUser[],
  { takesCodesAgain }: { readonly takesCodesAgain: boolean },
): Accounts {
  const byId = new Map(users.map((user) => [String(user.id), user]));
  const byName = new Map(
    users.flatMap((user) => [user.username, user.email].map((key) => [key.toLowerCase(), user])),
  );
  const usedSteps = new Map<number, Set<number>>();

  return {
    find(id) {
      const user = byId.get(id);
      return user?.disabled ? undefined : user;
    },
    checkPassword(username, password) {
      const user = byName.get(username.trim().toLowerCase());
      if (!user || !isSame(user.password, password)) return 'unknown';
      return user.disabled ? 'disabled' : user;
    },
    checkCode({ id, totpSecret = '' }, code) {
      const token = code.replaceAll(/\s/g, '');
      if (!/^\d{6}$/.test(token)) return false;
      const result = verifySync({ secret: totpSecret, token, epochTolerance: 30 });
      if (!result.valid || !('timeStep' in result)) return false;
      const used = usedSteps.get(id) ?? new Set();
      usedSteps.set(id, used);
      if (used.has(result.timeStep)) return takesCodesAgain;
      used.add(result.timeStep);
      return true;
    },
  };
}

function isSame(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
