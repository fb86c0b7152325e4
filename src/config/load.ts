import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseDocument } from 'yaml';
import { configSchema, type Config } from '../model/config.ts';
import { DrillError } from '../model/errors.ts';
import { describeProblems } from './problems.ts';

const NAMES = ['muster.config.yaml', 'muster.config.ts'];

export interface LoadedConfig {
  readonly config: Config;
  readonly file: string;
}

/**
 * Reads and checks a config file: the one named, else `muster.config.yaml` or `muster.config.ts` in the folder. Paths in
 * it are relative to the file. Rejects with CONFIG_INVALID, which lists all problems at once, by path.
 */
export async function loadConfig(named: string | undefined, folder = process.cwd()): Promise<LoadedConfig> {
  const file = named === undefined ? findConfig(folder) : path.resolve(folder, named);
  if (!existsSync(file)) {
    throw new DrillError('CONFIG_INVALID', `there is no config file at ${file}`, {
      hint: 'Check the path, or write one with `muster init`.',
    });
  }
  const input = file.endsWith('.ts')
    ? await importConfig(file)
    : parseYaml(await readFile(file, 'utf8'), file);
  return { config: parseConfig(resolvePaths(input, path.dirname(file)), path.basename(file)), file };
}

/** Checks settings that came from elsewhere. Throws CONFIG_INVALID. */
export function parseConfig(input: unknown, name: string): Config {
  const { success, data, error } = configSchema.safeParse(input);
  if (success) return data;
  const problems = describeProblems(error.issues, input);
  const byPath = Map.groupBy(problems, ({ path }) => path);
  const count = byPath.size === 1 ? '1 problem' : `${byPath.size} problems`;
  throw new DrillError('CONFIG_INVALID', `${name} has ${count}`, {
    details: Object.fromEntries(
      [...byPath].map(([path, found]) => [path, found.map(({ text }) => text).join('; ')]),
    ),
    hint: 'docs/config.md lists every key; editors check the file against muster.schema.json.',
  });
}

function findConfig(folder: string): string {
  const found = NAMES.map((name) => path.join(folder, name)).filter(existsSync);
  if (found.length === 1 && found[0] !== undefined) return found[0];
  throw new DrillError(
    'CONFIG_INVALID',
    found.length === 0
      ? `there is no ${NAMES.join(' or ')} in ${folder}`
      : `both ${NAMES.join(' and ')} are in ${folder}`,
    {
      hint:
        found.length === 0
          ? 'Write one with `muster init`, name one with `--config FILE`, or rehearse with `--lab`.'
          : 'Keep one of them, or name it with `--config FILE`.',
    },
  );
}

async function importConfig(file: string): Promise<unknown> {
  try {
    const module: { default?: unknown } = await import(pathToFileURL(file).href);
    return module.default;
  } catch (cause) {
    throw new DrillError('CONFIG_INVALID', `${file} cannot be loaded`, {
      cause,
      hint: 'It has to be TypeScript with a default export: `export default { … }`.',
    });
  }
}

function parseYaml(text: string, file: string): unknown {
  const document = parseDocument(text, { prettyErrors: true });
  const [first] = document.errors;
  const place = first?.linePos?.[0];
  if (!first) {
    try {
      return document.toJS();
    } catch {
      // An alias that leads nowhere: `password: *hunter2`. What is written there may be a secret, so it is not repeated.
    }
  }
  throw new DrillError(
    'CONFIG_INVALID',
    `${path.basename(file)} is not YAML${place === undefined ? '' : `: line ${place.line}, column ${place.col}`}`,
    {
      // Of the parser's own text only its code: the rest quotes the file, and there may be a secret in it.
      cause: new Error(first === undefined ? 'an alias (*name) leads nowhere' : sentenceOf(first.code)),
      hint: 'Check indentation and quotes there; a text that begins with *, &, !, % or @ needs quotes.',
    },
  );
}

/** `MULTIPLE_DOCS` → "multiple docs". */
function sentenceOf(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ');
}

/** Keys that hold a path of this machine. `archive` is one only where it is not a URL. */
const PATH_KEYS = new Set([
  'file',
  'root',
  'certificate',
  'key',
  'ca',
  'export',
  'record',
  'archive',
  'directory',
  'sslRootCert',
  'kubeconfig',
]);

/** Paths are written relative to the config file; inside, all are absolute. */
function resolvePaths(value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((item) => resolvePaths(item, folder));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      typeof child === 'string' && child !== '' && PATH_KEYS.has(key) && !/^https?:/.test(child)
        ? path.resolve(folder, child)
        : resolvePaths(child, folder),
    ]),
  );
}
