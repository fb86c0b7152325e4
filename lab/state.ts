import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ProcessRef } from '../src/support/processes.ts';

/** What another process needs to look after a lab: saved at each step of bringing it up, so that a crash loses nothing. */
export interface LabState {
  readonly directory: string;
  readonly configFile: string;
  /** The name that a drill switches. */
  readonly switchedName: string;
  /** Address → what is there, for people. */
  readonly endpoints: Record<string, string>;
  /** In the order in which they were started. */
  readonly processes: LabProcess[];
  /** Unix sockets that a server leaves behind outside the folder. */
  readonly sockets: string[];
  outageAt: string | null;
}

export interface LabProcess extends ProcessRef {
  readonly role: string;
  /** Part of the primary site, and so ended by the outage. */
  readonly primary: boolean;
}

/** Labs that were brought up and not taken down, by the folder's name. */
const REGISTER = path.resolve(import.meta.dirname, '../.lab');

export async function saveState(state: LabState): Promise<void> {
  await mkdir(REGISTER, { recursive: true });
  await writeFile(registerFile(state.directory), `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
}

export async function readState(directory: string): Promise<LabState | undefined> {
  const text = await readFile(registerFile(directory), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as LabState);
}

export async function forgetState(directory: string): Promise<void> {
  await rm(registerFile(directory), { force: true });
}

/** Folders of the labs that stand, newest last. */
export async function registeredLabs(): Promise<LabState[]> {
  const files = await readdir(REGISTER).catch(() => []);
  const states = await Promise.all(
    files.filter((file) => file.endsWith('.json')).map((file) => readFile(path.join(REGISTER, file), 'utf8')),
  );
  return states
    .map((text) => JSON.parse(text) as LabState)
    .toSorted((a, b) => a.directory.localeCompare(b.directory));
}

function registerFile(directory: string): string {
  return path.join(REGISTER, `${path.basename(directory)}.json`);
}
