import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What a kubelet changes on its machine, and leaves so: the names of sysctl(8), with `/` for the dots. */
const SETTINGS = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];

/** Those that this kernel has. */
export async function readKernelSettings(): Promise<Record<string, string>> {
  const entries = SETTINGS.filter((name) => existsSync(fileOf(name))).map(
    async (name) => [name, (await readFile(fileOf(name), 'utf8')).trim()] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

export async function writeKernelSettings(settings: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) await writeFile(fileOf(name), `${value}\n`);
}

function fileOf(name: string): string {
  return path.join('/proc/sys', name);
}
