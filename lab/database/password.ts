import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';

const ROUNDS = 600_000;
const LENGTH = 32;
const derive = promisify(pbkdf2);

/** As Mattermost 11 stores passwords: PBKDF2 with SHA-256, 600,000 rounds; about a quarter of a CPU second. */
export async function hashPassword(password: string, salt: Buffer): Promise<string> {
  const key = await derive(password, salt, ROUNDS, LENGTH, 'sha256');
  return `$pbkdf2$f=SHA256,w=${ROUNDS},l=${LENGTH}$${withoutPadding(salt)}$${withoutPadding(key)}`;
}

function withoutPadding(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
