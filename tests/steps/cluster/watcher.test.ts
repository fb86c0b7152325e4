import { expect, it } from 'vitest';
import { readWatched, OWN_ATTEMPT } from '../../../src/steps/cluster/watcher.ts';

it('reads addresses as the kernel writes them: IPv4, IPv6, and the one in the other', () => {
  const log = [
    '4D7100CB:0007 trying',
    '0100007F:1538 open',
    '0000000000000000FFFF00000A00C80A:01BB open',
    'B80D0120000000000000000001000000:0019 trying',
    'nc: something else',
  ].join('\n');
  expect(readWatched(log)).toEqual([
    { ...OWN_ATTEMPT, was: 'trying' },
    { address: '127.0.0.1', port: 5432, was: 'open' },
    { address: '10.200.0.10', port: 443, was: 'open' },
    { address: '2001:db8:0:0:0:0:0:1', port: 25, was: 'trying' },
  ]);
});
