import path from 'node:path';
import { saveState, type LabState } from '../state.ts';
import { SITE_ADDRESSES } from './addresses.ts';
import { keepKernelSettings } from './kernel-settings.ts';
import { furnishNetwork } from './network.ts';

/** Makes the empty network namespace that we are in the lab's, and writes down what is to be taken away in the end. */
export async function furnishLab(state: LabState): Promise<void> {
  state.kubernetes = { network: path.basename(state.directory), cgroups: [], kubeconfig: null };
  saveState(state);
  await furnishNetwork(state.kubernetes.network, Object.values(SITE_ADDRESSES));
  await keepKernelSettings();
}
