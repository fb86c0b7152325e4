import { z } from 'zod';
import { configSchema } from '../../src/model/config.ts';

/** As much of JSON Schema as zod writes for our settings. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

interface Row {
  readonly key: string;
  readonly type: string;
  readonly needed: string;
  readonly about: string;
}

const INTRO = `# Settings

<!-- Written by scripts/write-docs.ts from src/model/config.ts. Change the descriptions there. -->

Every key of \`muster.config.yaml\` (or \`.ts\`). \`muster init\` writes a commented file to start from; editors check it
against \`muster.schema.json\`. An unknown key, a missing one or a mistyped value ends Muster with exit code 64 before
anything is started, and all problems are told at once.

- **TypeScript**: a \`muster.config.ts\` ends in \`export default { … }\`; \`satisfies ConfigInput\` behind it, with the type
  from \`src/model/config.ts\`, brings completion.
- **Paths** are relative to the config file.
- **Durations** carry a unit: \`90s\`, \`15m\`, \`2h\`, \`1h30m\`, \`7d\`.
- **Secrets** are never in the file. A secret is a reference: \`{ env: NAME }\` or \`{ file: PATH }\`.
- **store** stands for any of the stores in [Stores](#stores).
- "needed" means that there is no default. What stands behind \`kind = …\` belongs to that kind alone.
`;

/** docs/config.md: every setting, from the schema that checks them. */
export function renderConfigDocs(): string {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      // Durations are the only settings that are read from a text into something else.
      if (zodSchema._zod.def.type === 'pipe') jsonSchema.format = 'muster-duration';
    },
  }) as Schema;
  const sections = Object.entries(schema.properties ?? {}).map(([key, child]) => {
    const needed = schema.required?.includes(key) ?? false;
    const about = child.description === undefined ? '' : `${child.description}.\n\n`;
    return (
      `## ${key}\n\n${needed ? 'Needed.' : 'May be left out.'} ${about}`.trimEnd() +
      `\n\n${table(rowsOf(child, key))}`
    );
  });
  const store = schema.properties?.['backups']?.properties?.['store'];
  if (!store) throw new Error('the schema has no backups.store any more');
  const stores = `## Stores\n\nWhat stands for *store* above.\n\n${table(rowsOf({ ...store, description: '' }, 'store', true))}`;
  return [INTRO, ...sections, stores].join('\n');
}

/** A row for the key itself where that says something, and rows for all below it. */
function rowsOf(schema: Schema, key: string, insideStore = false): Row[] {
  if (!insideStore && isStore(schema)) return [];
  const variants = schema.oneOf ?? (isSecret(schema) ? undefined : schema.anyOf);
  if (variants) return variants.flatMap((variant) => variantRows(variant, key));
  if (schema.items) return schema.items.type === 'object' ? rowsOf(schema.items, `${key}[]`) : [];
  return propertyRows(schema, key);
}

function variantRows(variant: Schema, key: string): Row[] {
  const { kind, ...rest } = variant.properties ?? {};
  const heading: Row = {
    key: `${key}.kind = ${JSON.stringify(kind?.const)}`,
    type: '',
    needed: '',
    about: variant.description ?? '',
  };
  return [heading, ...propertyRows({ ...variant, properties: rest }, key)];
}

function propertyRows({ properties = {}, required = [] }: Schema, key: string): Row[] {
  return Object.entries(properties).flatMap(([name, child]) => {
    const path = `${key}.${name}`;
    const row: Row = {
      key: path,
      type: typeOf(child),
      needed: required.includes(name) ? 'needed' : defaultOf(child),
      about: isSecret(child) || isPlainDuration(child) ? '' : (child.description ?? ''),
    };
    return [row, ...rowsOf(child, path)];
  });
}

function typeOf(schema: Schema): string {
  if (isSecret(schema)) return 'secret';
  if (isStore(schema)) return 'store';
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(' or ');
  if (schema.items) return schema.items.type === 'object' ? 'list' : `list of ${typeOf(schema.items)}s`;
  if (schema.oneOf ?? schema.anyOf) return 'one of the kinds below';
  if (schema.type === 'integer') return `whole number${range(schema)}`;
  if (schema.format === 'muster-duration') return 'duration';
  if (schema.format === 'uri') return 'URL';
  if (schema.format === 'ipv4') return 'IPv4 address';
  return schema.type === 'object'
    ? 'group'
    : (schema.type ?? 'text').replace('string', 'text').replace('boolean', 'true or false');
}

/** Bounds that JavaScript gives to every integer say nothing. */
function range({ minimum, maximum }: Schema): string {
  const low = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? `from ${minimum}` : '';
  const high = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? `to ${maximum}` : '';
  return [low, high].filter(Boolean).length > 0 ? `, ${[low, high].filter(Boolean).join(' ')}` : '';
}

/** A group's default is that of its keys. */
function defaultOf(schema: Schema): string {
  const { default: value } = schema;
  return value === undefined || schema.properties ? '' : `\`${JSON.stringify(value)}\``;
}

/** Whose description is the one of every duration. */
function isPlainDuration({ description }: Schema): boolean {
  return description?.startsWith('A duration') ?? false;
}

function isSecret({ anyOf }: Schema): boolean {
  return anyOf?.some(({ properties }) => properties !== undefined && 'env' in properties) ?? false;
}

function isStore({ oneOf }: Schema): boolean {
  return oneOf?.some(({ properties }) => properties?.['kind']?.const === 'azure-blob') ?? false;
}

function table(rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const lines = rows.map(({ key, type, needed, about }) =>
    `| ${[`\`${key}\``, type, needed, about.replaceAll('|', String.raw`\|`)].join(' | ')} |`.replaceAll(
      / {2,}/g,
      ' ',
    ),
  );
  return `${['| Key | Type | Default | Meaning |', '| --- | --- | --- | --- |', ...lines].join('\n')}\n`;
}
