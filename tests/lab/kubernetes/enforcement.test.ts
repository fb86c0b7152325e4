import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endNamespace } from '../../../lab/kubernetes/remains.ts';
import { findNetwork, insideNetwork, removeNetwork } from '../../../lab/kubernetes/network.ts';
import { policyRuleset, type RawNetworkPolicy } from '../../../lab/kubernetes/policies/ruleset.ts';
import { whyNoNamespaces } from './support/machine.ts';
import { addPodNetwork, furnish, inside } from './support/networks.ts';

const whyNot = await whyNoNamespaces();

describe.skipIf(whyNot !== undefined)(
  `the rules that policies are turned into${whyNot ? ` (skipped: ${whyNot})` : ''}`,
  () => {
    const id = randomBytes(3).toString('hex');
    const node = `muster-test-${id}`;
    const site = { network: `${node}-site`, address: '10.244.0.2' };
    const other = { network: `${node}-other`, address: '10.244.0.3' };
    const strange = { network: `${node}-strange`, address: '10.244.0.4' };
    const networks = [...[site, other, strange].map(({ network }) => network), node];

    beforeAll(async () => {
      await furnish(node, ['10.200.0.10', '10.200.0.20']);
      for (const { network, address } of [site, other, strange]) await addPodNetwork(node, network, address);
      for (const network of networks) await listen(network);
    });
    afterAll(async () => {
      for (const network of networks) {
        const found = findNetwork(network);
        if (found !== undefined) await endNamespace('net', found);
        await removeNetwork(network);
      }
    });

    const enforce = (...specs: NonNullable<RawNetworkPolicy['spec']>[]) =>
      inside(
        node,
        ['nft', '-f', '-'],
        policyRuleset({
          namespaces: [
            { metadata: { name: 'site' } },
            { metadata: { name: 'other', labels: { name: 'other' } } },
          ],
          pods: [pod('site', site.address), pod('other', other.address)],
          policies: specs.map((spec, i) => ({ metadata: { name: `policy-${i}`, namespace: 'site' }, spec })),
        }),
      );
    const fromSite = async () => ({
      pod: await reach(site.network, other.address),
      production: await reach(site.network, '10.200.0.10'),
      scratch: await reach(site.network, '10.200.0.20'),
    });

    it('let pods reach each other and the node where no policy says otherwise, and a stranger nobody', async () => {
      await enforce();
      expect(await fromSite()).toEqual({ pod: true, production: true, scratch: true });
      expect(await reach(other.network, site.address)).toBe(true);
      expect(await reach(node, strange.address)).toBe(true);
      expect(await reach(strange.network, site.address)).toBe(false);
      expect(await reach(strange.network, '10.200.0.20')).toBe(false);
    });

    it('let nothing out of a namespace whose egress is denied, while it can still be reached', async () => {
      await enforce({ podSelector: {}, policyTypes: ['Egress'] });
      expect(await fromSite()).toEqual({ pod: false, production: false, scratch: false });
      expect(await reach(other.network, site.address)).toBe(true);
      expect(await reach(node, site.address)).toBe(true);
    });

    it('let out what is allowed, and nothing beside it', async () => {
      const to = (cidr: string, port: number) => ({ to: [{ ipBlock: { cidr } }], ports: [{ port }] });
      await enforce(
        { podSelector: {}, policyTypes: ['Egress'] },
        {
          podSelector: {},
          policyTypes: ['Egress'],
          egress: [to('10.200.0.20/32', PORT), to('10.200.0.10/32', 443)],
        },
      );
      expect(await fromSite()).toEqual({ pod: false, production: false, scratch: true });
    });

    it('keep others from pods whose ingress is denied, but never the node', async () => {
      await enforce({ podSelector: {}, policyTypes: ['Ingress'] });
      expect(await reach(other.network, site.address)).toBe(false);
      expect(await reach(node, site.address)).toBe(true);
      expect((await fromSite()).pod).toBe(true);
      const from = [{ namespaceSelector: { matchLabels: { name: 'other' } } }];
      await enforce({ podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from }] });
      expect(await reach(other.network, site.address)).toBe(true);
    });
  },
);

const PORT = 8065;

async function listen(network: string): Promise<void> {
  const script = `require('node:net').createServer((s) => s.end()).listen(${PORT}, '0.0.0.0', () => console.log('up'))`;
  const [command = '', ...args] = await insideNetwork(network, [process.execPath, '-e', script]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
}

/** Whether a connection comes about within a second: what is denied is not answered. */
async function reach(network: string, address: string): Promise<boolean> {
  const script = `const s = require('node:net').connect(${PORT}, '${address}');
    const end = (reached) => { console.log(reached); process.exit(); };
    s.once('connect', () => end(true)); s.once('error', () => end(false)); setTimeout(() => end(false), 1000);`;
  return (await inside(network, [process.execPath, '-e', script])) === 'true';
}

function pod(namespace: string, podIP: string): V1Pod {
  return { metadata: { name: 'one', namespace, labels: {} }, spec: { containers: [] }, status: { podIP } };
}
