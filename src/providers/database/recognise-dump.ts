import type { Compression } from '../../model/facts.ts';
import { isArchive, parseArchiveHeader, type ArchiveHeader } from './archive-header.ts';
import { compressionOf, decompressHead } from './decompress.ts';

/** How much of an object's beginning is wanted to recognise it: one whole block of zstd, the biggest there may be. */
export const HEAD_BYTES = 160 * 1024;

export type RecognisedDump =
  | { readonly kind: 'archive'; readonly compression: Compression; readonly header: ArchiveHeader }
  | { readonly kind: 'plain'; readonly compression: Compression; readonly dumpedBy: string | null };

/** What an object is, by its bytes and never by its name; a sentence's end ("is a PNG image") when no dump. */
export async function recogniseDump(head: Buffer): Promise<RecognisedDump | string> {
  if (head.length === 0) return 'is empty';
  const compression = compressionOf(head);
  const plain = compression === 'none' ? head : await decompressHead(head, compression);
  if (plain === undefined) return `begins like ${compression} but cannot be decompressed`;
  if (isArchive(plain)) {
    const header = parseArchiveHeader(plain);
    if (header === undefined) return 'is a pg_dump archive cut off inside its header';
    return { kind: 'archive', compression, header };
  }
  const text = plain.toString('latin1');
  if (isPlainDump(text)) {
    return {
      kind: 'plain',
      compression,
      dumpedBy: /^-- Dumped by pg_dump version (.+)$/m.exec(text)?.[1] ?? null,
    };
  }
  return describe(plain, compression);
}

function isPlainDump(text: string): boolean {
  return /^\s*(--.*\n)*-- PostgreSQL database dump\s*$/m.test(text.slice(0, 2_000));
}

const SIGNATURES: readonly (readonly [string, string])[] = [
  ['\x89PNG', 'a PNG image'],
  ['%PDF', 'a PDF document'],
  ['PK\x03\x04', 'a zip archive'],
  ['\x04\x22\x4d\x18', 'compressed by lz4, which is not read; use gzip or zstd'],
  ['\xfd7zXZ', 'compressed by xz, which is not read; use gzip or zstd'],
  ['BZh', 'compressed by bzip2, which is not read; use gzip or zstd'],
  [
    '-- PostgreSQL database cluster dump',
    'a pg_dumpall of a whole cluster; a pg_dump of one database is wanted',
  ],
];

function describe(bytes: Buffer, compression: Compression): string {
  const text = bytes.toString('latin1', 0, 600);
  const within = compression === 'none' ? '' : `${compression} around something that `;
  for (const [signature, meaning] of SIGNATURES) {
    if (text.startsWith(signature) || (signature.startsWith('--') && text.includes(signature)))
      return `is ${within}${within && 'is '}${meaning}`;
  }
  if (text.slice(257, 262) === 'ustar') return `is ${within}${within && 'is '}a tar archive`;
  const first = bytes.subarray(0, 8).toString('hex').replace(/../g, '$& ').trim();
  return `is ${within}${within ? 'is ' : ''}no pg_dump output (first bytes ${first})`;
}
