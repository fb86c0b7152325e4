import { expect, it } from 'vitest';
import type { DnsZone } from '../../src/providers/dns/contract.ts';

export interface DnsZoneUnderTest {
  /** A name of the zone that nothing else uses. */
  freshName(): string;
  open(): Promise<DnsZone>;
  /** Another address that this zone may hold. */
  readonly addresses: readonly [string, string];
}

/** What every zone that can be switched must do. */
export function itSwitchesNames({ freshName, open, addresses: [first, second] }: DnsZoneUnderTest): void {
  it('answers nothing for a name that does not exist', async () => {
    await using zone = await open();
    expect(await zone.current(freshName())).toEqual({ addresses: [], ttl: 0 });
  });

  it('points a new name at an address, with the TTL that was asked for', async () => {
    await using zone = await open();
    const name = freshName();
    await zone.point(name, first, { ttl: 7 });
    expect(await zone.current(name)).toEqual({ addresses: [first], ttl: 7 });
  });

  it('replaces what was there instead of adding to it', async () => {
    await using zone = await open();
    const name = freshName();
    await zone.point(name, [first, '::1'], { ttl: 1 });
    await zone.point(name, second, { ttl: 1 });
    expect((await zone.current(name)).addresses).toEqual([second]);
  });

  it('puts several addresses back', async () => {
    await using zone = await open();
    const name = freshName();
    await zone.point(name, [first, second, '::1'], { ttl: 1 });
    expect((await zone.current(name)).addresses.toSorted()).toEqual([first, second, '::1'].toSorted());
  });

  it('changes nothing when it points to the same address again', async () => {
    await using zone = await open();
    const name = freshName();
    await zone.point(name, first, { ttl: 3 });
    await zone.point(name, first, { ttl: 3 });
    expect(await zone.current(name)).toEqual({ addresses: [first], ttl: 3 });
  });

  it('removes a name, and does not mind when it is not there', async () => {
    await using zone = await open();
    const name = freshName();
    await zone.point(name, first, { ttl: 1 });
    await zone.remove(name);
    await zone.remove(name);
    expect((await zone.current(name)).addresses).toEqual([]);
  });

  it('stops when its signal aborts', async () => {
    await using zone = await open();
    await expect(zone.point(freshName(), first, { ttl: 1, signal: AbortSignal.abort() })).rejects.toThrow(
      'abort',
    );
  });
}
