import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import {
  QUIET_INSTALL,
  withoutMainCluster,
  withoutServiceStarts,
} from '../../scripts/setup/quiet-install.ts';
import { openTempFolder, writeProgram } from './tiny-programs.ts';

const POLICY = 'usr/sbin/policy-rc.d';
const CLUSTER_CONF = 'etc/postgresql-common/createcluster.conf';

it('forbids service starts to its own installation alone, and no longer than that', async () => {
  await using system = await openSystem();
  await withoutServiceStarts(
    silently,
    async () => {
      expect(spawnSync(system.at(POLICY), { env: QUIET_INSTALL }).status).toBe(101);
      expect(spawnSync(system.at(POLICY), { env: {} }).status).toBe(0);
    },
    system.path,
  );
  expect(existsSync(system.at(POLICY))).toBe(false);
});

it('allows service starts again when the installation fails', async () => {
  await using system = await openSystem();
  const failing = withoutServiceStarts(
    silently,
    () => Promise.reject(new Error('no space left')),
    system.path,
  );
  await expect(failing).rejects.toThrow('no space left');
  expect(existsSync(system.at(POLICY))).toBe(false);
});

it("leaves the administrator's own policy alone", async () => {
  await using system = await openSystem();
  await writeFile(system.at(POLICY), '#!/bin/sh\nexit 0\n');
  await withoutServiceStarts(silently, async () => {}, system.path);
  expect(await readFile(system.at(POLICY), 'utf8')).toBe('#!/bin/sh\nexit 0\n');
});

it('removes a policy that an earlier set-up could not remove', async () => {
  await using system = await openSystem();
  const killed = withoutServiceStarts(silently, () => readFile(system.at(POLICY), 'utf8'), system.path);
  await writeFile(system.at(POLICY), await killed);
  await withoutServiceStarts(silently, async () => {}, system.path);
  expect(existsSync(system.at(POLICY))).toBe(false);
});

it('stops and disables a service that the installation brought', async () => {
  await using system = await openSystem();
  await withoutServiceStarts(silently, () => writeUnit(system, 'unbound'), system.path);
  expect(await system.calls()).toEqual(['stop unbound.service', 'disable unbound.service']);
});

it('leaves a service alone that was there before', async () => {
  await using system = await openSystem();
  await writeUnit(system, 'named');
  await withoutServiceStarts(silently, () => writeUnit(system, 'unbound'), system.path);
  expect((await system.calls()).filter((call) => call.includes('named'))).toEqual([]);
});

it('keeps PostgreSQL from making a cluster of its own, and puts the file back', async () => {
  await using system = await openSystem();
  await writeFile(system.at(CLUSTER_CONF), "# Default values\nstart_conf = 'auto'\n");
  await withoutMainCluster(
    async () =>
      expect(await readFile(system.at(CLUSTER_CONF), 'utf8')).toMatch(/^create_main_cluster = false$/m),
    system.path,
  );
  expect(await readFile(system.at(CLUSTER_CONF), 'utf8')).toBe("# Default values\nstart_conf = 'auto'\n");
});

it('puts the file back when the installation fails', async () => {
  await using system = await openSystem();
  await expect(withoutMainCluster(() => Promise.reject(new Error('broken')), system.path)).rejects.toThrow(
    'broken',
  );
  expect(existsSync(system.at(CLUSTER_CONF))).toBe(false);
});

interface TinySystem extends AsyncDisposable {
  readonly path: string;
  at(name: string): string;
  /** What systemctl was asked to do. */
  calls(): Promise<string[]>;
}

/** An empty root folder, and on PATH nothing but a systemctl that writes down what it is asked. */
async function openSystem(): Promise<TinySystem> {
  const temp = await openTempFolder();
  const at = (name: string): string => path.join(temp.path, name);
  for (const folder of ['usr/sbin', 'etc/postgresql-common']) await mkdir(at(folder), { recursive: true });
  await writeProgram(at('bin/systemctl'), `echo "$@" >> ${at('calls')}`);
  vi.stubEnv('PATH', at('bin'));
  return {
    path: temp.path,
    at,
    calls: async () =>
      existsSync(at('calls')) ? (await readFile(at('calls'), 'utf8')).trim().split('\n') : [],
    async [Symbol.asyncDispose]() {
      vi.unstubAllEnvs();
      await temp[Symbol.asyncDispose]();
    },
  };
}

async function writeUnit(system: TinySystem, service: string): Promise<void> {
  const folder = system.at('lib/systemd/system');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, `${service}.service`), '[Unit]\n');
}

function silently(): void {}
