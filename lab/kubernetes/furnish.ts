import path from 'node:path';
import { registeredLabs, saveState, type LabState } from '../state.ts';
import { SITE_ADDRESSES } from './addresses.ts';
import { readKernelSettings } from './kernel-settings.ts';
import { furnishNetwork } from './network.ts';

/** Makes the empty network namespace that we are in the lab's, and writes down what is to be taken away in the end. */
export async function furnishLab(state: LabState): Promise<void> {
  // Another lab's kubelet has changed them already.
  const other = (await registeredLabs()).find(({ kubernetes }) => kubernetes)?.kubernetes;
  state.kubernetes = {
    network: path.basename(state.directory),
    cgroups: [],
    kernelSettings: other?.kernelSettings ?? (await readKernelSettings()),
    kubeconfig: null,
  };
  saveState(state);
  await furnishNetwork(state.kubernetes.network, Object.values(SITE_ADDRESSES));
}
