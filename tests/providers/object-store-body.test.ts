import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { readBody, type BodySource } from '../../src/providers/object-store/body.ts';

const BODY = Buffer.from('0123456789');
const md5 = (body: Buffer) =>
  ({ algorithm: 'md5', digest: createHash('md5').update(body).digest('hex') }) as const;

it('reads on where the connection ended early without an error', async () => {
  const offsets: number[] = [];
  const reopen = async (offset: number) => {
    offsets.push(offset);
    return streamOf(BODY.subarray(offset, offset + 3));
  };
  expect(await buffer(readBody(source({ first: streamOf(BODY.subarray(0, 3)), reopen })))).toEqual(BODY);
  expect(offsets).toEqual([3, 6, 9]);
});

it('rejects a body that does not hash to what the store has promised', async () => {
  const forged = Buffer.from('0123456780');
  await expect(buffer(readBody(source({ first: streamOf(forged) })))).rejects.toMatchObject({
    code: 'BACKUP_UNREADABLE',
    message: expect.stringMatching(/has md5 .* promised/),
  });
});

it('rejects a body that is longer than promised', async () => {
  await expect(buffer(readBody(source({ size: 8, checksum: undefined })))).rejects.toMatchObject({
    code: 'BACKUP_UNREADABLE',
    message: expect.stringContaining('has 10 bytes, and the store promised 8'),
  });
});

it('gives up after the given number of resumes', async () => {
  let opened = 0;
  const reopen = async () => (opened++, streamOf(Buffer.alloc(0)));
  const reading = buffer(readBody(source({ first: streamOf(BODY.subarray(0, 4)), reopen, resumes: 2 })));
  await expect(reading).rejects.toMatchObject({
    code: 'STORE_UNREADABLE',
    details: { received: 4, expected: 10 },
  });
  expect(opened).toBe(2);
});

it('ends a body that is being read when its signal aborts', async () => {
  const stop = new AbortController();
  const never = new Readable({ read() {} });
  const reading = buffer(readBody(source({ first: never, signal: stop.signal })));
  stop.abort(new Error('stopped by the operator'));
  await expect(reading).rejects.toThrow();
  expect(never.destroyed).toBe(true);
});

function source(changes: Partial<BodySource>): BodySource {
  const reopen = async (offset: number) => streamOf(BODY.subarray(offset));
  return { name: '"a"', size: BODY.length, checksum: md5(BODY), first: streamOf(BODY), reopen, ...changes };
}

function streamOf(body: Buffer): Readable {
  return Readable.from(body.length > 0 ? [body] : [], { objectMode: false });
}
