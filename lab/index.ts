import path from 'node:path';
import type { IdentityChange } from './identity/index.ts';
import { DrillError } from '../src/model/errors.ts';
import { isRunning, stopProcess, type ProcessRef } from '../src/support/processes.ts';
import type { BringUpOptions } from './bring-up.ts';
import { declareOutage } from './outage.ts';
import { insideNetwork } from './kubernetes/network.ts';
import { readState, registeredLabs, saveState, scratchOf, type LabState } from './state.ts';
import { takeDown } from './take-down.ts';

export { requireKubernetesMachine } from './kubernetes/requirements.ts';

/** A primary site in miniature, made of real servers, with backups to restore. */
export interface Lab {
  readonly directory: string;
  /** The config that a drill on this lab needs. */
  readonly configFile: string;
  readonly switchedName: string;
  /** Where a drill on it restores to. */
  readonly scratch: string;
  /** Of somebody who may do everything in the lab's cluster; null where it has none. */
  readonly kubeconfig: string | null;
  /** Ends the primary site and the primary identity provider, really. The moment of the first outage when done again. */
  declareOutage(): Promise<Date>;
  readonly identity: { readonly primary: LabIdentityControl; readonly secondary: LabIdentityControl };
  /** Writes down a process that somebody started on this lab, so that taking the lab down ends it too. */
  adopt(role: string, process: ProcessRef): void;
  /** Halts a process where it stands, by its role. Gives what lets it go on. */
  halt(role: string): () => void;
  /** Lines for people: what runs where. */
  status(): Promise<string[]>;
  /** Takes everything down and gives what is left behind after looking: nothing, when all is well. */
  down(): Promise<string[]>;
}

/** An identity provider of a lab that stands. */
export interface LabIdentityControl {
  /** Ends it where it runs, and starts it once more: as it was, or changed. */
  reopen(change?: IdentityChange): Promise<void>;
  stop(): Promise<void>;
}

/** Rejects what `down` left with TEARDOWN_INCOMPLETE. */
export function refuseRemains(left: readonly string[]): void {
  if (left.length > 0)
    throw new DrillError('TEARDOWN_INCOMPLETE', 'the lab left something behind', {
      details: Object.fromEntries(left.map((what, index) => [index + 1, what])),
    });
}

/** Brings a lab up, with its site lived in, its canaries running and its backups taken. Rejects with LAB_FAILED. */
export async function openLab(options: BringUpOptions): Promise<Lab> {
  // All those servers take a second to load, which is nothing to who only looks after a lab.
  const { bringUp } = await import('./bring-up.ts');
  return labOf(await bringUp(options));
}

/** What enters the network of the lab with this config (`nsenter …`); undefined: it is in the machine's, or of no lab. */
export async function wayIntoLab(configFile: string): Promise<readonly string[] | undefined> {
  const wanted = path.resolve(configFile);
  const lab = (await registeredLabs()).find((state) => state.configFile === wanted);
  return lab?.kubernetes && insideNetwork(lab.kubernetes.network, []);
}

/** The lab in this folder, or the newest that stands. Undefined when there is none. */
export async function findLab(directory?: string): Promise<Lab | undefined> {
  const state = directory === undefined ? (await registeredLabs()).at(-1) : await readState(directory);
  return state && labOf(state);
}

function labOf(state: LabState): Lab {
  const { directory, configFile, switchedName } = state;
  const identity = {
    primary: controlOf('primary identity provider'),
    secondary: controlOf('secondary identity provider'),
  };
  return {
    directory,
    configFile,
    switchedName,
    scratch: scratchOf(state),
    kubeconfig: state.kubernetes?.kubeconfig ?? null,
    identity,
    declareOutage: () => declareOutage(state),
    adopt,
    halt,
    status,
    down: () => takeDown(state),
  };

  function controlOf(role: string): LabIdentityControl {
    const index = state.processes.findIndex((process) => process.role === role);
    const known = state.processes[index];
    const [issuer = ''] = Object.entries(state.endpoints).find(([, what]) => what === role) ?? [];
    const stop = async () => {
      const running = state.processes[index];
      if (running) await stopProcess(running);
    };
    return {
      stop,
      async reopen(change) {
        const { reopenIdentityProvider } = await import('./identity/index.ts');
        if (!known) throw new TypeError(`this lab has no ${role}`);
        await stop();
        const { pid, startTime } = await reopenIdentityProvider(
          path.join(directory, new URL(issuer).hostname),
          change,
        );
        state.processes[index] = { ...known, pid, startTime };
        saveState(state);
      },
    };
  }

  function adopt(role: string, { pid, startTime }: ProcessRef): void {
    state.processes.push({ role, primary: false, pid, startTime });
    saveState(state);
  }

  function halt(role: string): () => void {
    const found = state.processes.find((process) => process.role === role);
    if (!found || !isRunning(found)) throw new TypeError(`this lab has no ${role}`);
    process.kill(found.pid, 'SIGSTOP');
    return () => void (isRunning(found) && process.kill(found.pid, 'SIGCONT'));
  }

  async function status(): Promise<string[]> {
    return [
      `folder    ${directory}`,
      `config    ${configFile}`,
      `outage    ${state.outageAt ?? 'not yet'}`,
      ...(state.kubernetes
        ? [`network   ${state.kubernetes.network}`, `cluster   ${state.kubernetes.kubeconfig ?? 'none'}`]
        : []),
      ...state.processes.map((process) => {
        const { role, pid } = process;
        const [endpoint] = Object.entries(state.endpoints).find(([, what]) => what === role) ?? [];
        return `${isRunning(process) ? 'running' : 'ended  '}   ${role} (process ${pid})${endpoint === undefined ? '' : ` at ${endpoint}`}`;
      }),
    ];
  }
}
