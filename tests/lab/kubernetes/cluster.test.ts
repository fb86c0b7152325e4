import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findInCgroup } from '../../../lab/kubernetes/cgroup.ts';
import { MACHINE, originalKernelSettings } from '../../../lab/kubernetes/kernel-settings.ts';
import { findNetwork } from '../../../lab/kubernetes/network.ts';
import type { LabState } from '../../../lab/state.ts';
import { isRunning } from '../../../src/support/processes.ts';
import { openDesk } from '../../cli/muster.ts';
import { whyNoCluster } from './support/machine.ts';
import { inside } from './support/networks.ts';
import { endLab, readLab } from './support/register.ts';

const SUPPORT = path.join(import.meta.dirname, 'support');
const whyNot = await whyNoCluster();

describe.skipIf(whyNot !== undefined)(`an empty cluster${whyNot ? ` (skipped: ${whyNot})` : ''}`, () => {
  let desk: Awaited<ReturnType<typeof openDesk>>;
  let state: LabState;
  let settings: Awaited<ReturnType<typeof originalKernelSettings>>;
  const env = () => ({ MUSTER_LABS: desk.at('labs') });

  beforeAll(async () => {
    desk = await openDesk();
    settings = await originalKernelSettings();
    await execa('unshare', ['--net', '--', process.execPath, path.join(SUPPORT, 'empty-cluster.ts')], {
      env: env(),
    });
    state = await readLab(desk.at('labs'));
  }, 600_000);
  afterAll(async () => {
    await using opened = desk;
    await endLab(opened.at('labs'));
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
    const { network = '', cgroups = [] } = state.kubernetes ?? {};
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
    // Another lab puts them back where one still stands.
    expect(existsSync(MACHINE.record)).toBe(MACHINE.listLabs().length > 0);
    expect(await originalKernelSettings()).toEqual(settings);
  }, 60_000);
});
