import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ProcessRef } from '../src/support/processes.ts';

/** What another process needs to look after a lab: saved at each step of bringing it up, so that a crash loses nothing. */
export interface LabState {
  readonly directory: string;
  /** ISO 8601, UTC. */
  readonly raisedAt: string;
  readonly configFile: string;
  /** The name that a drill switches. */
  readonly switchedName: string;
  /** Address → what is there, for people. */
  readonly endpoints: Record<string, string>;
  /** In the order in which they were started. */
  readonly processes: LabProcess[];
  /** Unix sockets that a server leaves behind outside the folder. */
  readonly sockets: string[];
  /** Of a lab with a cluster. */
  kubernetes?: KubernetesState;
  outageAt: string | null;
}

export interface KubernetesState {
  /** Name of the network namespace that everything of the lab runs in. */
  readonly network: string;
  /** Of the clusters' pods. */
  readonly cgroups: string[];
  /** Of the cluster that stands; null while none does. */
  kubeconfig: string | null;
}

export interface LabProcess extends ProcessRef {
  readonly role: string;
  /** Part of the primary site, and so ended by the outage. */
  readonly primary: boolean;
}

/** How the folder of each lab begins, and by the folder's name its network's. */
export const LAB_FOLDER = '/var/tmp/muster-lab-';

/**
 * Labs that were brought up and not taken down, by the folder's name. MUSTER_LABS names another folder than the clone's
 * `.lab/`.
 */
const REGISTER = process.env['MUSTER_LABS']
  ? path.resolve(process.env['MUSTER_LABS'])
  : path.resolve(import.meta.dirname, '../.lab');

/**
 * In one go and without waiting: parts of a lab come up at the same time, and no older state may come out on top of a
 * newer one. Whoever reads it meanwhile sees the one or the other.
 */
export function saveState(state: LabState): void {
  mkdirSync(REGISTER, { recursive: true });
  const file = registerFile(state.directory);
  writeFileSync(`${file}.new`, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export async function readState(directory: string): Promise<LabState | undefined> {
  const text = await readFile(registerFile(directory), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as LabState);
}

export async function forgetState(directory: string): Promise<void> {
  await rm(registerFile(directory), { force: true });
}

/** The labs that stand, newest last. */
export async function registeredLabs(): Promise<LabState[]> {
  const names = await readdir(REGISTER).catch(() => []);
  // One that is taken down between the two calls is no lab any more.
  const texts = await Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .map((name) => readFile(path.join(REGISTER, name), 'utf8').catch(() => undefined)),
  );
  return texts
    .flatMap((text) => (text === undefined ? [] : [JSON.parse(text) as LabState]))
    .toSorted((a, b) => Date.parse(a.raisedAt) - Date.parse(b.raisedAt));
}

/** Where a drill on this lab restores to. */
export function scratchOf({ directory }: Pick<LabState, 'directory'>): string {
  return path.join(directory, 'scratch');
}

function registerFile(directory: string): string {
  return path.join(REGISTER, `${path.basename(directory)}.json`);
}
