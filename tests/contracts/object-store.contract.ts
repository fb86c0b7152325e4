import { buffer, text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { DrillError, renderError } from '../../src/model/errors.ts';
import type { ObjectReader } from '../../src/providers/object-store/contract.ts';
import { startDroppingProxy } from './dropping-proxy.ts';

const ODD_KEY = 'files/2026 11/Zürich ☃ +a&b=c?d#e%20f.txt';
const LARGE = Buffer.alloc(3_000_000, 'every byte has to come through, in its place; ');
const PAGED = Array.from({ length: 1_203 }, (_, n) => `pages/${String(n).padStart(4, '0')}`);

/** What a store holds under its prefix before the contract is run. Beside the prefix `prod` lies `prod2/stranger`. */
export const SEEDS: ReadonlyMap<string, Buffer> = new Map([
  ['db/1.dump', Buffer.from('one')],
  ['db/2.dump', Buffer.from('two')],
  ['dbx/3', Buffer.from('three')],
  ['empty', Buffer.alloc(0)],
  [ODD_KEY, Buffer.from('odd')],
  ['large.bin', LARGE],
  ...PAGED.map((key) => [key, Buffer.from('p')] as const),
]);

export interface Subject {
  open(): Promise<ObjectReader>;
  /** A store that is there no more: nobody listens, nothing is mounted. */
  openGone(): Promise<ObjectReader>;
  /** The server is there, the bucket or container is not. */
  openMissing(): Promise<ObjectReader>;
  /** Stores without a network between have neither port nor credentials. */
  readonly network?: {
    readonly port: () => number;
    openThrough(port: number): Promise<ObjectReader>;
    openWithWrongCredentials(): Promise<ObjectReader>;
    /** Texts that must never be in a message. */
    readonly secrets: () => readonly string[];
  };
}

/** What every object store must do. */
export function itReadsLikeAnObjectStore({ open, openGone, openMissing, network }: Subject): void {
  it('lists every key under a prefix and nothing from its siblings', async () => {
    await using store = await open();
    expect(await keysUnder(store, 'db/')).toEqual(['db/1.dump', 'db/2.dump']);
  });

  it('takes the prefix as text, not as a folder', async () => {
    await using store = await open();
    expect(await keysUnder(store, 'db')).toEqual(['db/1.dump', 'db/2.dump', 'dbx/3']);
    expect(await keysUnder(store, 'db/1')).toEqual(['db/1.dump']);
  });

  it('lists nothing under a prefix that nobody used', async () => {
    await using store = await open();
    expect(await keysUnder(store, 'nope/')).toEqual([]);
  });

  it('shows nothing from beside the configured prefix', async () => {
    await using store = await open();
    expect(await keysUnder(store, '')).toEqual([...SEEDS.keys()].toSorted());
  });

  it('lists more keys than fit on one page, each once', async () => {
    await using store = await open();
    expect(await keysUnder(store, 'pages/')).toEqual(PAGED);
  });

  it('gives the size and time of an object', async () => {
    await using store = await open();
    const found = await store.stat('large.bin');
    expect(found).toMatchObject({ key: 'large.bin', size: LARGE.length });
    expect(Math.abs(Date.now() - Number(found?.modifiedAt))).toBeLessThan(3_600_000);
  });

  it('resolves stat of a missing key to undefined', async () => {
    await using store = await open();
    expect(await store.stat('db/nope')).toBeUndefined();
    expect(await store.stat('db')).toBeUndefined();
  });

  it('opens a body as a stream', async () => {
    await using store = await open();
    expect(await text(await store.open('db/1.dump'))).toBe('one');
    expect((await buffer(await store.open('large.bin'))).equals(LARGE)).toBe(true);
  });

  it('opens an empty body', async () => {
    await using store = await open();
    expect(await text(await store.open('empty'))).toBe('');
  });

  it('rejects opening a missing key with BACKUP_MISSING', async () => {
    await using store = await open();
    await expect(store.open('db/nope')).rejects.toMatchObject({ code: 'BACKUP_MISSING' });
  });

  it('keeps spaces, signs and letters beyond ASCII in keys', async () => {
    await using store = await open();
    expect(await keysUnder(store, 'files/')).toEqual([ODD_KEY]);
    expect(await store.stat(ODD_KEY)).toMatchObject({ key: ODD_KEY, size: 3 });
    expect(await text(await store.open(ODD_KEY))).toBe('odd');
  });

  it('has no way to write or delete', async () => {
    await using store = await open();
    const allowed = ['list', 'location', 'open', 'protection', 'stat', 'versions'];
    expect(Object.keys(store).toSorted()).toEqual(allowed);
  });

  it('stops when its signal aborts', async () => {
    await using store = await open();
    const body = await store.open('large.bin', { signal: AbortSignal.timeout(60_000) });
    body.destroy();
    expect(body.destroyed).toBe(true);
    if (!network) return;
    const stopped = new Error('stopped by the operator');
    await expect(store.stat('db/1.dump', { signal: AbortSignal.abort(stopped) })).rejects.toBe(stopped);
  });

  describe.each([
    ['is gone', openGone],
    ['has no such bucket', openMissing],
  ])('when the store %s', (_, openBroken) => {
    it('rejects every question with STORE_UNREADABLE and a hint, and never takes it for a missing key', async () => {
      await using store = await openBroken();
      for (const ask of [
        () => store.stat('db/1.dump'),
        () => store.open('db/1.dump'),
        () => keysUnder(store, 'db/'),
        () => store.protection(),
      ]) {
        const error = await ask().then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(error).toMatchObject({ code: 'STORE_UNREADABLE', hint: expect.stringMatching(/\.$/) });
      }
    });
  });

  if (!network) return;

  it('rejects wrong credentials with STORE_UNREADABLE, and shows none of them', async () => {
    await using store = await network.openWithWrongCredentials();
    for (const ask of [
      () => store.stat('db/1.dump'),
      () => store.open('db/1.dump'),
      () => keysUnder(store, 'db/'),
    ]) {
      const error = await ask().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(error).toMatchObject({ code: 'STORE_UNREADABLE', hint: expect.stringMatching(/key/) });
      if (!(error instanceof DrillError)) continue;
      for (const secret of network.secrets()) expect(renderError(error)).not.toContain(secret);
    }
  });

  it('resumes a body whose connection drops, without losing or doubling a byte', async () => {
    await using proxy = await startDroppingProxy({ target: network.port(), afterBytes: 700_000, times: 3 });
    await using store = await network.openThrough(proxy.port);
    expect((await buffer(await store.open('large.bin'))).equals(LARGE)).toBe(true);
    expect(proxy.drops()).toBe(3);
  });

  it('gives up with STORE_UNREADABLE and both sizes when the connection keeps dropping', async () => {
    await using proxy = await startDroppingProxy({
      target: network.port(),
      afterBytes: 100_000,
      times: Infinity,
    });
    await using store = await network.openThrough(proxy.port);
    const reading = buffer(await store.open('large.bin'));
    await expect(reading).rejects.toMatchObject({
      code: 'STORE_UNREADABLE',
      message: expect.stringMatching(new RegExp(`only \\d+ of ${LARGE.length} bytes`)),
    });
  });
}

export async function keysUnder(store: ObjectReader, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const object of store.list(prefix)) keys.push(object.key);
  return keys.toSorted();
}
