import { expect, it } from 'vitest';
import { networkPolicies, placeDestinations } from '../../../../src/steps/preflight/cluster/policies.ts';
import { lastRound } from '../../../../src/steps/preflight/cluster/probe.ts';

it('denies every pod what leaves it, and allows declared destinations by address and port alone', async () => {
  const placed = await placeDestinations([
    { host: '10.20.0.5', port: 5432, purpose: 'scratch database server' },
    { host: '2001:db8::5', port: 443, purpose: 'scratch bucket' },
  ]);
  const [deny, allow] = networkPolicies('mattermost-drill', {}, placed);
  expect(deny?.['spec']).toEqual({ podSelector: {}, policyTypes: ['Egress'], egress: [] });
  const { egress } = (allow?.['spec'] ?? { egress: [] }) as { egress: unknown[] };
  expect(egress.slice(1)).toEqual([
    {
      to: [{ ipBlock: { cidr: '10.20.0.5/32' } }],
      ports: [
        { protocol: 'TCP', port: 5432 },
        { protocol: 'UDP', port: 5432 },
      ],
    },
    {
      to: [{ ipBlock: { cidr: '2001:db8::5/128' } }],
      ports: [
        { protocol: 'TCP', port: 443 },
        { protocol: 'UDP', port: 443 },
      ],
    },
  ]);
});

it('rejects a destination whose name nobody knows with SCRATCH_NOT_SEALED', async () => {
  await expect(
    placeDestinations([{ host: 'nobody.invalid', port: 443, purpose: 'scratch.mayReach' }]),
  ).rejects.toMatchObject({ code: 'SCRATCH_NOT_SEALED' });
});

it('believes a probe only by its last whole round', () => {
  const log = ['half:1 open', 'round', 'api:443 open', 'db:5432 open', 'round', 'api:443 shut'].join('\n');
  expect(lastRound(log)).toEqual({ 'api:443': 'open', 'db:5432': 'open' });
  expect(lastRound('api:443 open')).toEqual({});
  expect(lastRound('')).toEqual({});
});
