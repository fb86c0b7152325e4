import { PassThrough, pipeline, type Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Compression } from '../../model/facts.ts';

/** By magic bytes: RFC 1952 for gzip, RFC 8878 for zstd. */
export function compressionOf(head: Buffer): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.subarray(0, 4).equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))) return 'zstd';
  return 'none';
}

/** Passes bytes on as they were before compression. Fails when the input is garbled or ends too early. */
function decompressor(compression: Compression): Transform {
  switch (compression) {
    case 'gzip':
      return createGunzip({ chunkSize: 1 << 18 });
    case 'zstd':
      return createZstdDecompress({ chunkSize: 1 << 18 });
    case 'none':
      return new PassThrough();
  }
}

/** A stream as it was before compression. What goes wrong in the source shows up here; destroying this ends the source. */
export function decompressed(source: Readable, compression: Compression): Readable {
  return compression === 'none' ? source : through(source, decompressor(compression));
}

/** `source.pipe(transform)` that hands errors down and destruction up. */
export function through(source: Readable, transform: Transform): Readable {
  // The error reaches whoever reads the transform; here it has nobody to tell.
  pipeline(source, transform, () => {});
  return transform;
}

/** The first bytes of what was compressed, from the first bytes of the compressed. Undefined when garbled. */
export async function decompressHead(head: Buffer, compression: Compression): Promise<Buffer | undefined> {
  const stream = decompressor(compression);
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  // The head is cut somewhere, so the stream is bound to complain; what came before counts.
  await new Promise<void>((resolve) => {
    stream.once('error', () => resolve());
    stream.once('end', () => resolve());
    stream.end(head);
  });
  return chunks.length === 0 ? undefined : Buffer.concat(chunks);
}
