import { randomBytes } from 'node:crypto';

// z-base-32 (Zooko's human-oriented alphabet), which Mattermost's ids use.
const ALPHABET = 'ybndrfg8ejkmcpqxot1uwisza345h769';

/** A new id in Mattermost's form: 26 characters that carry 128 bits. */
export function newId(): string {
  let bits = 0;
  let held = 0;
  let id = '';
  for (const byte of randomBytes(16)) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= 5) {
      held -= 5;
      id += ALPHABET[(bits >> held) & 31];
    }
    bits &= (1 << held) - 1;
  }
  return id + (ALPHABET[(bits << (5 - held)) & 31] ?? '');
}

export function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z0-9]{26}$/.test(value);
}
