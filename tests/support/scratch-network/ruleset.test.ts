import { expect, it } from 'vitest';
import { parseCounters, ruleset } from '../../../src/support/scratch-network/ruleset.ts';

const set = (name: string, ...elements: readonly (readonly [readonly (string | number)[], number])[]) => ({
  set: {
    name,
    ...(elements.length > 0 && {
      elem: elements.map(([concat, packets]) => ({
        elem: { val: { concat }, counter: { packets, bytes: 60 } },
      })),
    }),
  },
});

it('counts before it lets anything through', () => {
  const lines = ruleset([{ address: '192.0.2.7', port: 443 }]).split('\n');
  const counted = lines.findIndex((line) => line.includes('add @attempts4'));
  const opened = lines.findIndex((line) => line.includes('ip daddr 192.0.2.7 tcp dport 443 accept'));
  expect(counted).toBeGreaterThan(0);
  expect(opened).toBeGreaterThan(counted);
});

it('reads who tried to reach what, by IPv4, IPv6 and other protocols', () => {
  const json = JSON.stringify({
    nftables: [
      { metainfo: {} },
      set('attempts4', [[60606, '198.18.0.1', 'tcp', 443], 3], [[0, '192.0.2.1', 17, 123], 1]),
      set('attempts6', [[60606, '2001:db8::5', 'tcp', 80], 1]),
      set('others', [[60606, 'icmp'], 2]),
    ],
  });
  expect(parseCounters(json)).toEqual({
    attempts: [
      { uid: 60606, address: '198.18.0.1', protocol: 'tcp', port: 443, count: 3 },
      { uid: 0, address: '192.0.2.1', protocol: 'udp', port: 123, count: 1 },
      { uid: 60606, address: '2001:db8::5', protocol: 'tcp', port: 80, count: 1 },
    ],
    others: [{ uid: 60606, protocol: 'icmp', count: 2 }],
  });
});

it('does not take a table without its sets for one that counted nothing', () => {
  expect(() => parseCounters(JSON.stringify({ nftables: [set('attempts4')] }))).toThrow(/no set/);
});
