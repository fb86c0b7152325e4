import { existsSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { listLabNetworks } from './network.ts';

/** Where a kubelet changes settings, for whoever else is there. */
export interface Machine {
  readonly sysctls: string;
  /** As they were before the first lab. In no register of labs, as two labs need not have the same. */
  readonly record: string;
  /** Names of the labs that stand, whatever register they are in. */
  listLabs(): readonly string[];
}

export const MACHINE: Machine = {
  sysctls: '/proc/sys',
  record: '/run/muster-kernel-settings.json',
  listLabs: listLabNetworks,
};

/** What a kubelet changes on its machine, and leaves so: the names of sysctl(8), with `/` for the dots. */
const SETTINGS = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];

type Settings = Readonly<Record<string, string>>;

/** Writes them down before a kubelet runs, where no other lab has. To be called by a lab whose network stands. */
export async function keepKernelSettings(machine = MACHINE): Promise<void> {
  const { record } = machine;
  const draft = `${record}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(await originalKernelSettings(machine), undefined, 2)}\n`);
  // Whole or not at all, and never over another lab's.
  await link(draft, record).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
}

/** Puts them back when no lab stands any more. Gives what would not go back: the record of it stays. */
export async function restoreKernelSettings(machine = MACHINE): Promise<string[]> {
  const { sysctls, record, listLabs } = machine;
  if (!existsSync(record) || listLabs().length > 0) return [];
  const now = await readKernelSettings(sysctls);
  const left: string[] = [];
  for (const [name, value] of Object.entries(await originalKernelSettings(machine)))
    if (now[name] !== value)
      await writeFile(path.join(sysctls, name), `${value}\n`).catch(() =>
        left.push(`kernel setting ${name}, which was ${value}`),
      );
  // A lab that came up meanwhile counts on it.
  if (left.length === 0 && listLabs().length === 0) await rm(record, { force: true });
  return left;
}

/** As they are without a lab, by name; those that this kernel has. */
export async function originalKernelSettings({ sysctls, record } = MACHINE): Promise<Settings> {
  const kept = await readFile(record, 'utf8').catch(() => undefined);
  return kept === undefined ? readKernelSettings(sysctls) : (JSON.parse(kept) as Settings);
}

async function readKernelSettings(sysctls: string): Promise<Settings> {
  const entries = SETTINGS.map((name) => [name, path.join(sysctls, name)] as const)
    .filter(([, file]) => existsSync(file))
    .map(async ([name, file]) => [name, (await readFile(file, 'utf8')).trim()] as const);
  return Object.fromEntries(await Promise.all(entries));
}
