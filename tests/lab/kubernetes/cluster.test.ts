import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findInCgroup } from '../../../lab/kubernetes/cgroup.ts';
import { findNetwork } from '../../../lab/kubernetes/network.ts';
import { requireKubernetesMachine } from '../../../lab/kubernetes/requirements.ts';
import type { LabState } from '../../../lab/state.ts';
import { isRunning } from '../../../src/support/processes.ts';
import { openDesk } from '../../cli/muster.ts';
import { inside } from './support/networks.ts';

const SUPPORT = path.join(import.meta.dirname, 'support');
const whyNot = await requireKubernetesMachine().then(
  () => undefined,
  (error: Error) => error.message,
);

describe.skipIf(whyNot !== undefined)(`an empty cluster${whyNot ? ` (skipped: ${whyNot})` : ''}`, () => {
  let desk: Awaited<ReturnType<typeof openDesk>>;
  let state: LabState;
  const env = () => ({ MUSTER_LABS: desk.at('labs') });

  beforeAll(async () => {
    desk = await openDesk();
    await execa('unshare', ['--net', '--', process.execPath, path.join(SUPPORT, 'empty-cluster.ts')], {
      env: env(),
    });
    const [entry = expect.fail()] = await readdir(desk.at('labs'));
    state = JSON.parse(await readFile(desk.at('labs', entry), 'utf8')) as LabState;
  }, 180_000);
  afterAll(async () => {
    if (state && existsSync(state.directory)) await desk.muster('lab down', env());
    await desk[Symbol.asyncDispose]();
  }, 60_000);

  it('runs pods, which reach what no policy denies them and what one allows, and is backed up by Velero', async () => {
    const { network = '', kubeconfig } = state.kubernetes ?? {};
    const answer = await inside(network, [
      ...[process.execPath, path.join(SUPPORT, 'probe-cluster.ts'), kubeconfig ?? ''],
    ]);
    expect(JSON.parse(answer)).toEqual({
      probes: { node: true, service: true, sealed: false, sealedService: false, allowed: true },
      stays: 'Running',
      backup: 'Completed',
    });
  }, 180_000);

  it('leaves nothing when it is taken down, with pods in it', async () => {
    const { network = '', cgroups = [], kernelSettings = {} } = state.kubernetes ?? {};
    expect(await findInCgroup(cgroups[0] ?? '')).not.toEqual([]);
    // Velero writes the bucket's keys to /tmp, which is a folder of the lab's for it.
    expect(existsSync(path.join(state.directory, 'recovery-cluster/tmp/credentials'))).toBe(true);
    const { exitCode, stdout, stderr } = await desk.muster('lab down', env());
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: 'the lab is down, nothing is left behind\n',
      stderr: '',
    });
    expect(state.processes.filter(isRunning)).toEqual([]);
    expect(findNetwork(network)).toBeUndefined();
    expect(existsSync(state.directory)).toBe(false);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(state.directory);
    for (const [name, value] of Object.entries(kernelSettings))
      expect((await readFile(path.join('/proc/sys', name), 'utf8')).trim()).toBe(value);
  }, 60_000);
});
