import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  keepKernelSettings,
  originalKernelSettings,
  restoreKernelSettings,
} from '../../../lab/kubernetes/kernel-settings.ts';
import { openTempFolder } from '../../scripts/tiny-programs.ts';

const BEFORE = { 'vm/panic_on_oom': '2', 'kernel/panic': '0', 'kernel/keys/root_maxkeys': '200' };

describe('the kernel settings that a kubelet changes', () => {
  it('are put back by the last lab that goes down, as they were before the first', async () => {
    await using machine = await openMachine();
    await machine.raise('one');
    await machine.write('kernel/panic', '10');
    await machine.raise('two');
    expect(await originalKernelSettings(machine)).toEqual(BEFORE);

    expect(await machine.takeDown('one')).toEqual([]);
    expect(await machine.read('kernel/panic')).toBe('10');
    expect(await machine.takeDown('two')).toEqual([]);
    expect(await machine.read('kernel/panic')).toBe('0\n');
    expect(existsSync(machine.record)).toBe(false);
  });

  it('are left alone where they are as they were, and where no lab wrote any down', async () => {
    await using machine = await openMachine();
    await machine.raise('one');
    expect(await machine.takeDown('one')).toEqual([]);
    // Who writes one ends its line.
    expect(await machine.read('vm/panic_on_oom')).toBe('2');
    expect(await machine.takeDown('one')).toEqual([]);
  });

  it('are named when they would not go back; the others do, and another try may', async () => {
    await using machine = await openMachine();
    await machine.raise('one');
    await machine.write('vm/panic_on_oom', '0');
    await rm(path.join(machine.sysctls, 'kernel/keys'), { recursive: true });
    const left = ['kernel setting kernel/keys/root_maxkeys, which was 200'];
    expect(await machine.takeDown('one')).toEqual(left);
    expect(await machine.read('vm/panic_on_oom')).toBe('2\n');
    expect(await machine.takeDown('one')).toEqual(left);
    await mkdir(path.join(machine.sysctls, 'kernel/keys'));
    expect(await machine.takeDown('one')).toEqual([]);
  });
});

/** Settings that are nobody's, and labs that are only names. */
async function openMachine() {
  const folder = await openTempFolder();
  const sysctls = path.join(folder.path, 'sys');
  const write = (name: string, value: string) => writeFile(path.join(sysctls, name), value);
  for (const [name, value] of Object.entries(BEFORE)) {
    await mkdir(path.dirname(path.join(sysctls, name)), { recursive: true });
    await write(name, value);
  }
  const labs = new Set<string>();
  const machine = {
    ...folder,
    sysctls,
    record: path.join(folder.path, 'kernel-settings.json'),
    listLabs: () => [...labs],
    write,
    read: (name: string) => readFile(path.join(sysctls, name), 'utf8'),
    raise: async (lab: string) => keepKernelSettings((labs.add(lab), machine)),
    takeDown: async (lab: string) => restoreKernelSettings((labs.delete(lab), machine)),
  };
  return machine;
}
