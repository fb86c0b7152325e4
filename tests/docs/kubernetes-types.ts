import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** A manifest as its YAML has it: any shape, until the types have been asked. */
// oxlint-disable-next-line no-explicit-any
export type Manifest = any;

const MODULES: Readonly<Record<string, string>> = {
  CronJob: 'kubernetes-types/batch/v1',
  Job: 'kubernetes-types/batch/v1',
  PersistentVolumeClaim: 'kubernetes-types/core/v1',
};

const root = path.join(import.meta.dirname, '../..');

/** What the compiler says of manifests, held against the types made from Kubernetes' own API description. Empty: fine. */
export async function typeCheckManifests(manifests: readonly Manifest[]): Promise<string> {
  const folder = await mkdtemp(path.join(root, 'tests/docs/.manifests-'));
  try {
    const source = manifests.map(
      (manifest, index) =>
        `import type { ${manifest.kind} as Kind${index} } from '${MODULES[manifest.kind]}';\nexport const manifest${index}: Kind${index} = ${JSON.stringify(manifest)};\n`,
    );
    await writeFile(path.join(folder, 'manifests.ts'), source.join('\n'));
    await writeFile(
      path.join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: path.join(root, 'tsconfig.json'),
        compilerOptions: { module: 'ESNext', moduleResolution: 'Bundler', types: [] },
        include: ['manifests.ts'],
      }),
    );
    const tsc = path.join(root, 'node_modules/.bin/tsc');
    return await promisify(execFile)(tsc, ['--project', folder]).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
