import { pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);

// Mattermost 11's own cost (channels/app/password/hashers/pbkdf2.go).
const ROUNDS = 600_000;
const KEY_BYTES = 32;
const SALT_BYTES = 16;

/** The stored form of a password: `$pbkdf2$f=SHA256,w=<rounds>,l=<bytes>$<salt>$<key>`, base64 without padding. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, ROUNDS, KEY_BYTES, 'sha256');
  return `$pbkdf2$f=SHA256,w=${ROUNDS},l=${KEY_BYTES}$${unpadded(salt)}$${unpadded(key)}`;
}

/** Rejects when the stored form is not Mattermost 11's: older bcrypt rows are not read here. */
export async function isPassword(password: string, stored: string): Promise<boolean> {
  const parts = /^\$pbkdf2\$f=SHA256,w=(\d+),l=(\d+)\$([^$]+)\$([^$]+)$/.exec(stored);
  if (!parts) {
    const form = stored.startsWith('$2') ? 'bcrypt' : 'an unknown form';
    throw new Error(`the stored password hash is ${form}; the stand-in reads Mattermost 11's PBKDF2 alone`);
  }
  const [, rounds, length, salt, key] = parts;
  const expected = Buffer.from(key ?? '', 'base64');
  const derived = await derive(
    password,
    Buffer.from(salt ?? '', 'base64'),
    Number(rounds),
    Number(length),
    'sha256',
  );
  return expected.length === derived.length && timingSafeEqual(expected, derived);
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
