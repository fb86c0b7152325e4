import type { Message } from './conversation.ts';
import type { Row } from './insert-rows.ts';

const HOUR = 3_600_000;

/** What the server remembers of links in messages, so that it need not fetch them again. */
export function linkMetadataRows(messages: readonly Message[], limit: number): Row[] {
  const rows = new Map<number, Row>();
  for (const { text, createdAt } of messages) {
    // A picture shown inline is not remembered: reading its message fetches it again.
    const url = text.includes('![') ? undefined : /https?:\/\/[^\s)]+/.exec(text)?.[0];
    if (url === undefined) continue;
    const timestamp = createdAt - (createdAt % HOUR);
    const hash = hashLink(url, timestamp);
    rows.set(hash, { hash, url, timestamp, type: 'none', data: null });
    if (rows.size === limit) break;
  }
  return [...rows.values()];
}

/** FNV-1 in 32 bits (Fowler, Noll, Vo) over the hour as eight little-endian bytes and the address. */
export function hashLink(url: string, timestamp: number): number {
  const hour = Buffer.alloc(8);
  hour.writeBigInt64LE(BigInt(timestamp));
  let hash = 0x811c9dc5;
  for (const byte of Buffer.concat([hour, Buffer.from(url)])) {
    hash = (Math.imul(hash, 0x01000193) ^ byte) >>> 0;
  }
  return hash;
}
