import { Readable } from 'node:stream';
import { compressionOf, decompressed } from '../../providers/database/decompress.ts';

const NEWLINE = 0x0a;
/** What pg_dump writes behind the last row: dumpTableData_copy() in src/bin/pg_dump/pg_dump.c. */
const END = Buffer.from('\\.\n');

/** Rows in one table's file of a directory dump. Rejects when the file is damaged or cut off. */
export async function countRowsInFile(body: Readable): Promise<number> {
  let rows = 0;
  let carry: Buffer = Buffer.alloc(0);
  let ended = false;
  for await (const chunk of contents(body)) {
    let at = 0;
    const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    for (let newline = bytes.indexOf(NEWLINE); newline !== -1; newline = bytes.indexOf(NEWLINE, at)) {
      if (ended) break;
      ended = newline - at === 2 && bytes.subarray(at, newline + 1).equals(END);
      if (!ended) rows++;
      at = newline + 1;
    }
    carry = ended ? Buffer.alloc(0) : bytes.subarray(at);
  }
  if (!ended) throw new Error('its end is missing: it is cut off');
  return rows;
}

async function* contents(body: Readable): AsyncGenerator<Buffer> {
  const chunks = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done) return;
  const rest = (async function* () {
    yield first.value;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  })();
  yield* decompressed(
    Readable.from(rest, { objectMode: false }),
    compressionOf(first.value),
  ) as AsyncIterable<Buffer>;
}
