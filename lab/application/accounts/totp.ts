import { createHmac } from 'node:crypto';

// RFC 6238 with the parameters that Mattermost uses: SHA-1, 30 seconds, 6 digits, one step either way.
const STEP_SECONDS = 30;

/** The time step that a code belongs to, or undefined when it fits none near `now` (milliseconds). */
export function findTotpStep(secret: string, code: string, now = Date.now()): number | undefined {
  const current = Math.floor(now / 1000 / STEP_SECONDS);
  return [current, current - 1, current + 1].find((step) => totpCode(secret, step) === code.trim());
}

export function totpCode(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', decodeBase32(secret)).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function decodeBase32(text: string): Buffer {
  let bits = 0;
  let held = 0;
  const bytes: number[] = [];
  for (const letter of text.toUpperCase().replace(/=+$/, '')) {
    bits = ((bits << 5) | BASE32.indexOf(letter)) & 0xfff;
    held += 5;
    if (held >= 8) {
      held -= 8;
      bytes.push((bits >> held) & 255);
    }
  }
  return Buffer.from(bytes);
}

export function encodeBase32(bytes: Buffer): string {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{1,5}/g) ?? []).map((group) => BASE32[parseInt(group.padEnd(5, '0'), 2)]).join('');
}
