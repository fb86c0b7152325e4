import type { App } from '../app.ts';

const CACHE_MS = 60_000;
const cache = new Map<string, { name: string; until: number }>();

/** The name that an event shows for a user. */
export async function usernameOf(app: App, userId: string): Promise<string> {
  const cached = cache.get(userId);
  if (cached && cached.until > Date.now()) return cached.name;
  const row = await app.db.one<{ username: string }>('SELECT username FROM users WHERE id = $1', [userId]);
  const name = row?.username ?? 'someone';
  if (cache.size > 10_000) cache.clear();
  cache.set(userId, { name, until: Date.now() + CACHE_MS });
  return name;
}

/** After a change of name. */
export function forgetUsername(userId: string): void {
  cache.delete(userId);
}
