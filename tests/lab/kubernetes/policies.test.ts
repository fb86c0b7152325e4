import type { V1Pod } from '@kubernetes/client-node';
import { expect, it } from 'vitest';
import { policyRuleset, type RawNetworkPolicy } from '../../../lab/kubernetes/policies/ruleset.ts';

const NAMESPACES = [
  { metadata: { name: 'site', labels: { team: 'chat' } } },
  { metadata: { name: 'other', labels: { team: 'other' } } },
];

const APP = pod('site', 'app', '10.244.0.2', { ports: [{ name: 'http', containerPort: 8065 }] });
const DATABASE = pod('site', 'database', '10.244.0.3', { ports: [{ name: 'sql', containerPort: 5432 }] });
const STRANGER = pod('other', 'stranger', '10.244.0.4');

it('leaves pods alone that no policy speaks of, and lets what has an address of no pod reach nothing', () => {
  const chains = enforce({});
  for (const [name, side] of [['egress', 'saddr'] as const, ['ingress', 'daddr'] as const])
    expect(chains[name]).toEqual([
      `ip ${side} vmap { 10.244.0.2 : return, 10.244.0.3 : return, 10.244.0.4 : return }`,
      'drop',
    ]);
});

it('lets nothing out of a namespace whose egress is denied, and nothing else is changed', () => {
  const chains = enforce({ podSelector: {}, policyTypes: ['Egress'] });
  expect(chains['egress']?.[0]).toBe(
    'ip saddr vmap { 10.244.0.2 : goto egress_10_244_0_2, 10.244.0.3 : goto egress_10_244_0_3, 10.244.0.4 : return }',
  );
  expect(chains['egress_10_244_0_2']).toEqual(['ip daddr 10.244.0.2 return', 'drop']);
  expect(chains['ingress']?.[0]).not.toContain('goto');
});

it('opens what a policy allows: blocks without their exceptions, at ports, and ranges of them', () => {
  const chains = enforce({
    podSelector: { matchLabels: { app: 'app' } },
    policyTypes: ['Egress'],
    egress: [
      {
        to: [{ ipBlock: { cidr: '10.200.0.0/24', except: ['10.200.0.10/32'] } }],
        ports: [{ port: 5432 }, { protocol: 'UDP', port: 5000, endPort: 5010 }],
      },
      { ports: [{ protocol: 'UDP' }] },
    ],
  });
  expect(chains['egress_10_244_0_2']).toEqual([
    'ip daddr 10.244.0.2 return',
    'ip daddr 10.200.0.0/24 ip daddr != { 10.200.0.10/32 } tcp dport 5432 return',
    'ip daddr 10.200.0.0/24 ip daddr != { 10.200.0.10/32 } udp dport 5000-5010 return',
    'meta l4proto udp return',
    'drop',
  ]);
  expect(Object.keys(chains)).not.toContain('egress_10_244_0_3');
});

it('knows pods of a namespace, of others, and ports by the name that the one who listens gives them', () => {
  const chains = enforce({
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      { from: [{ namespaceSelector: { matchLabels: { team: 'other' } } }], ports: [{ port: 'http' }] },
    ],
    egress: [
      {
        to: [{ podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['database'] }] } }],
        ports: [{ port: 'sql' }],
      },
    ],
  });
  expect(chains['ingress_10_244_0_2']).toEqual([
    'ip saddr 10.244.0.2 return',
    'ip saddr 10.244.0.4 tcp dport 8065 return',
    'drop',
  ]);
  expect(chains['egress_10_244_0_2']).toEqual([
    'ip daddr 10.244.0.2 return',
    'ip daddr 10.244.0.3 tcp dport 5432 return',
    'drop',
  ]);
  // It has no port of that name.
  expect(chains['ingress_10_244_0_3']).toEqual(['ip saddr 10.244.0.3 return', 'drop']);
});

it('passes over pods without an address of their own: ended ones, and those in the network of the node', () => {
  const ended = { ...STRANGER, status: { ...STRANGER.status, phase: 'Succeeded' } };
  const onNode = { ...APP, spec: { containers: [], hostNetwork: true } };
  expect(enforce({ podSelector: {}, policyTypes: ['Egress'] }, [ended, onNode])).toMatchObject({
    egress: ['drop'],
    ingress: ['drop'],
  });
});

/** The rules of each chain under one policy of the namespace `site`. */
function enforce(
  spec: NonNullable<RawNetworkPolicy['spec']>,
  pods: readonly V1Pod[] = [APP, DATABASE, STRANGER],
) {
  const policies = spec.podSelector ? [{ metadata: { name: 'one', namespace: 'site' }, spec }] : [];
  const text = policyRuleset({ namespaces: NAMESPACES, pods, policies });
  const chains = text.split('\n  chain ').slice(1);
  return Object.fromEntries(
    chains.map((chain) => {
      const [head = '', ...rules] = chain.split('\n    ');
      return [head.split(' ')[0], rules.map((rule) => rule.split('\n')[0])];
    }),
  );
}

function pod(namespace: string, app: string, podIP: string, container: object = {}): V1Pod {
  return {
    metadata: { name: app, namespace, labels: { app } },
    spec: { containers: [{ name: app, ...container }] },
    status: { phase: 'Running', podIP },
  };
}
