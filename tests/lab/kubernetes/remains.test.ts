import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findInCgroup, makeCgroup } from '../../../lab/kubernetes/cgroup.ts';
import { findNetwork, insideNetwork } from '../../../lab/kubernetes/network.ts';
import { removeRemains } from '../../../lab/kubernetes/remains.ts';
import { readNamespace } from '../../../src/support/processes.ts';
import { whyNoNamespaces } from './support/machine.ts';
import { furnish, inside } from './support/networks.ts';

const whyNot = await whyNoNamespaces();

describe.skipIf(whyNot !== undefined)(
  `what a Kubernetes lab leaves outside of its folder${whyNot ? ` (skipped: ${whyNot})` : ''}`,
  () => {
    const name = `muster-test-${randomBytes(4).toString('hex')}`;
    const clean = () => removeRemains({ network: name, cgroups: [name], kubeconfig: null });
    afterEach(clean);

    it('is gone at the end: whoever is in the network, whoever is in the cgroup, and both', async () => {
      await furnish(name, ['10.200.0.10']);
      const inNetwork = await start(await insideNetwork(name, ['sleep', '1000']));
      expect(readNamespace(inNetwork.pid ?? 0, 'net')).toBe(findNetwork(name));
      await makeCgroup(`${name}/pods/one`);
      const inCgroup = await start(['/bin/sh', '-c', 'read line; exec sleep 1000']);
      await enter(`${name}/pods/one`, inCgroup);
      expect(await findInCgroup(name)).toMatchObject([{ pid: inCgroup.pid }]);

      const ended = Promise.all([once(inNetwork, 'exit'), once(inCgroup, 'exit')]);
      expect(await clean()).toEqual([]);
      expect(await ended).toEqual([
        [null, 'SIGKILL'],
        [null, 'SIGKILL'],
      ]);
      expect(findNetwork(name)).toBeUndefined();
      expect(await findInCgroup(name)).toEqual([]);
    });

    it('is nothing when the lab had not got that far', async () => {
      expect(await clean()).toEqual([]);
    });

    it('has a network in which pods find the node, and from which nothing else can be reached', async () => {
      await furnish(name, ['10.200.0.10']);
      const addresses = await inside(name, ['ip', '-brief', 'address', 'show', 'up']);
      expect(addresses).toMatch(/^muster0 .*10\.200\.0\.1\/24 10\.200\.0\.10\/24/m);
      expect(await inside(name, ['ip', 'route'])).not.toContain('default');
    });
  },
);

async function start([command = '', ...args]: readonly string[]): Promise<ChildProcess> {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  // nsenter becomes what it starts.
  await vi.waitFor(async () => expect(await readComm(child)).not.toMatch(/node|nsenter/));
  return child;
}

async function readComm({ pid }: ChildProcess): Promise<string> {
  return (await execa('cat', [`/proc/${pid}/comm`])).stdout;
}

async function enter(cgroup: string, { pid }: ChildProcess): Promise<void> {
  const mounts = (
    await execa('findmnt', ['--noheadings', '--list', '--output', 'TARGET', '--types', 'cgroup,cgroup2'])
  ).stdout;
  for (const mount of mounts.split('\n'))
    await writeFile(`${mount}/${cgroup}/cgroup.procs`, `${pid}`).catch(() => {});
}
