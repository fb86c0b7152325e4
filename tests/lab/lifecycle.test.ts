import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LabState } from '../../lab/state.ts';
import { loadConfig } from '../../src/config/load.ts';
import { requireSecrets } from '../../src/config/secrets.ts';
import { resolveAt } from '../../src/providers/dns/resolvers.ts';
import { httpsGet } from '../../src/support/https-get.ts';
import { isRunning } from '../../src/support/processes.ts';
import { openDesk } from '../cli/muster.ts';

/** A desk with a register of labs of its own. */
async function openLabDesk() {
  const desk = await openDesk();
  const register = desk.at('labs');
  const entry = ({ directory }: LabState) => path.join(register, `${path.basename(directory)}.json`);
  const start = (args: string) => desk.start(['lab', ...args.split(' ')], { MUSTER_LABS: register });
  return {
    ...desk,
    start,
    lab: (args: string) => start(args).result,
    registered: async () =>
      Promise.all(
        (await readdir(register).catch(() => []))
          .filter((name) => name.endsWith('.json'))
          .map(async (name) => JSON.parse(await readFile(path.join(register, name), 'utf8')) as LabState),
      ),
    register: (state: LabState) => writeFile(entry(state), JSON.stringify(state)),
    forget: (state: LabState) => rm(entry(state)),
  };
}

type LabDesk = Awaited<ReturnType<typeof openLabDesk>>;

/** Processes that have to do with this folder, whoever started them. */
async function processesIn(directory: string): Promise<string[]> {
  const found = (await readdir('/proc')).map(async (pid) => {
    if (!/^\d+$/.test(pid)) return [];
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    return `${command} ${folder}`.includes(directory) ? [`${pid} ${command.replaceAll('\0', ' ')}`] : [];
  });
  return (await Promise.all(found)).flat();
}

async function expectNothingLeft(desk: LabDesk, { directory, processes, sockets }: LabState): Promise<void> {
  expect(await desk.registered()).toEqual([]);
  expect([directory, ...sockets].filter((file) => existsSync(file))).toEqual([]);
  expect(processes.filter(isRunning)).toEqual([]);
  expect(await processesIn(directory)).toEqual([]);
}

it.concurrent.each(['status --config-file', 'outage', 'down'])(
  'has one clear line for `lab %s` when no lab is up',
  async (verb) => {
    await using desk = await openLabDesk();
    const { exitCode, stdout, stderr } = await desk.lab(verb);
    expect(stderr).toBe('no lab is up [USAGE_INVALID]\n  hint: Bring one up with `muster lab up`.\n');
    expect(stdout).toBe('');
    expect(exitCode).toBe(64);
  },
);

it('takes down what is up when it is interrupted on its way', async () => {
  await using desk = await openLabDesk();
  const { child, result, sees } = desk.start('up');
  await sees('S3 server (SeaweedFS) is up');
  const [state = expect.fail()] = await desk.registered();
  expect(state.processes.length).toBeGreaterThan(0);
  expect(await processesIn(state.directory)).not.toEqual([]);
  expect(await desk.lab('status --config-file')).toMatchObject({
    exitCode: 64,
    stdout: '',
    stderr: expect.stringContaining('the lab is not up yet'),
  });

  child.kill('SIGINT');
  const { exitCode, stderr } = await result;
  expect(stderr).toContain('SIGINT: stopping, then taking down what is up\n');
  expect(stderr).toContain('bringing the lab up was interrupted; it was taken down again [INTERRUPTED]');
  expect(exitCode).toBe(130);
  await expectNothingLeft(desk, state);
});

it('takes down a server that was still starting when its command was killed', async () => {
  await using desk = await openLabDesk();
  const { child, result } = desk.start('up');
  const state = await vi.waitFor(
    async () => {
      const [started = expect.fail()] = await desk.registered();
      expect(await processesIn(path.join(started.directory, 's3'))).not.toEqual([]);
      return started;
    },
    { timeout: 30_000, interval: 20 },
  );
  child.kill('SIGKILL');
  await result;
  const [left = expect.fail()] = await desk.registered();
  expect(left.processes.filter(({ role }) => role.includes('S3'))).toEqual([]);
  expect(left.sockets.length).toBeGreaterThan(0);

  expect(await desk.lab('down')).toMatchObject({ exitCode: 0, stderr: '' });
  await expectNothingLeft(desk, { ...state, sockets: left.sockets });
});

describe('a lab that was left running', () => {
  let desk: LabDesk;
  let state: LabState;
  beforeAll(async () => {
    desk = await openLabDesk();
    const { exitCode, stdout, stderr } = await desk.lab('up');
    expect(exitCode, stdout + stderr).toBe(0);
    [state = expect.fail()] = await desk.registered();
  });
  afterAll(async () => {
    if ((await desk.registered()).length > 0) await desk.lab('down');
    await desk[Symbol.asyncDispose]();
  });

  /** Where these servers listen, whose roles begin so. */
  const endpoints = (...roles: string[]) =>
    Object.entries(state.endpoints).flatMap(([endpoint, role]) =>
      roles.some((beginning) => role.startsWith(beginning)) ? [endpoint] : [],
    );

  it('outlives the command that brought it up, and says of each server where it is', async () => {
    expect(state.processes).toHaveLength(11);
    const { stdout, exitCode } = await desk.lab('status');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^outage +not yet$/m);
    const places = Object.entries(state.endpoints);
    for (const { role, pid } of state.processes) {
      const [endpoint] = places.find(([, what]) => what === role) ?? [];
      expect(stdout).toContain(
        `\nrunning   ${role} (process ${pid})${endpoint === undefined ? '' : ` at ${endpoint}`}\n`,
      );
    }
    // The canary writer serves nobody.
    expect(places).toHaveLength(state.processes.length - 1);
  });

  it('has a config that a drill can be run with, and prints its path alone', async () => {
    const { stdout, stderr } = await desk.lab('status --config-file');
    expect(stdout).toBe(`${state.configFile}\n`);
    expect(stderr).toBe('');
    const { config } = await loadConfig(stdout.trimEnd());
    expect(config.dns.name).toBe(state.switchedName);
    expect((await requireSecrets(config)).length).toBeGreaterThan(5);
  });

  it('gives way to a newer one, whatever their folders are called', async () => {
    const nobody: LabState = { ...state, endpoints: {}, processes: [], sockets: [] };
    const older = { ...nobody, directory: desk.at('z-older'), raisedAt: '2026-01-01T00:00:00.000Z' };
    const newer = { ...nobody, directory: desk.at('a-newer'), raisedAt: new Date().toISOString() };
    for (const other of [older, newer]) {
      await mkdir(other.directory);
      await desk.register(other);
    }
    expect((await desk.lab('down')).exitCode).toBe(0);
    expect(existsSync(newer.directory)).toBe(false);
    expect((await desk.lab('status')).stdout).toContain(`folder    ${state.directory}\n`);
    expect(existsSync(older.directory)).toBe(true);
    expect(state.processes.filter(isRunning)).toEqual(state.processes);
    await desk.forget(older);
  });

  it('loses its primary site and primary identity provider in an outage, and nothing else', async () => {
    const lost = endpoints('primary');
    expect(lost).toHaveLength(4);
    expect(await Promise.all(lost.map(knock))).toEqual(lost.map(() => 'open'));

    const { stdout, exitCode } = await desk.lab('outage');
    expect(exitCode).toBe(0);
    const [, moment = ''] = /^the primary site is gone since (\S+Z)\n$/.exec(stdout) ?? [];
    expect(moment).not.toBe('');
    expect(await Promise.all(lost.map(knock))).toEqual(lost.map(() => 'ECONNREFUSED'));
    const gone = state.processes.filter(({ primary }) => primary);
    expect(gone.map(({ role }) => role)).toContain('canary writer');
    expect(gone.filter(isRunning)).toEqual([]);
    expect(await processesIn(path.join(state.directory, 'primary'))).toEqual([]);

    const { config } = await loadConfig(state.configFile);
    const { secondary } = config.identity;
    const ca = await readFile(config.tls.ca ?? expect.fail());
    const [s3 = '', blob = '', ...others] = endpoints('S3', 'blob', 'secondary');
    expect(others).toHaveLength(1);
    const [resolver = ''] = endpoints('caching resolver');
    const resolve = async (host: string) => (await resolveAt(resolver, host)).addresses[0] ?? '';
    expect(await httpsGet(secondary.discoveryUrl ?? '', { ca, lookup: resolve })).toMatchObject({
      status: 200,
    });
    expect((await fetch(s3)).status).toBe(403);
    expect((await fetch(blob)).status).toBeLessThan(500);
    for (const server of endpoints('authoritative', 'caching', 'second caching'))
      expect((await resolveAt(server, state.switchedName)).addresses).toEqual(['127.0.0.10']);

    const again = await desk.lab('outage');
    expect(again).toMatchObject({ exitCode: 0, stdout });
    const status = await desk.lab('status');
    expect(status.stdout).toContain(`outage    ${moment}\n`);
    for (const process of state.processes)
      expect(status.stdout).toContain(`${process.primary ? 'ended  ' : 'running'}   ${process.role} `);
  });

  it('stays while a run that was kept has its scratch on it', async () => {
    const lock = path.join(state.directory, 'scratch.lock');
    await writeFile(lock, JSON.stringify({ run: '2026-11-22T0412Z-quarterly-7f3a', pid: 1, startTime: '0' }));
    const { exitCode, stdout, stderr } = await desk.lab('down');
    expect(stderr).toMatch(
      /^the lab is in use: run 2026-11-22T0412Z-quarterly-7f3a was kept, .*\[RUN_LOCKED\]\n {2}hint: .*`muster undo 2026/,
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(state.processes.some(isRunning)).toBe(true);
    await rm(lock);
  });

  it('leaves nothing when it is taken down', async () => {
    expect(state.sockets.filter((socket) => existsSync(socket))).not.toEqual([]);
    const { exitCode, stdout, stderr } = await desk.lab('down');
    expect(stdout).toBe('the lab is down, nothing is left behind\n');
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    await expectNothingLeft(desk, state);
  });
});

/** What a client meets at this URL or address:port. The lab's names are all at addresses of their own. */
async function knock(endpoint: string): Promise<string> {
  const [, host = '', port = ''] = /^(?:https?:\/\/)?([^:/]+):(\d+)/.exec(endpoint) ?? [];
  const address = { 'chat.drill.test': '127.0.0.10', 'sso.drill.test': '127.0.0.11' }[host] ?? host;
  return new Promise((resolve) => {
    const socket = connect(Number(port), address, () => {
      socket.destroy();
      resolve('open');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}
