import { randomBytes } from 'node:crypto';

// z-base-32 (Zooko's human-oriented alphabet), which Mattermost's ids use.
const ALPHABET = 'ybndrfg8ejkmcpqxot1uwisza345h769';

/** A new id or token in Mattermost's form: 26 characters. */
export function newId(): string {
  return Array.from(randomBytes(26), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
