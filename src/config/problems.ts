import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** What is wrong with one key: path "objectives.rpo", text "must be a duration such as … (got "15 min")". */
export interface Problem {
  readonly path: string;
  readonly text: string;
}

/**
 * zod's issues as sentences by path, for people. What was seen is told only where one word was wanted: in the place of
 * a whole section people also write connection strings and passwords, and those are never printed.
 */
export function describeProblems(issues: readonly Issue[], input: unknown): Problem[] {
  return issues
    .flatMap((issue) => describe(issue, input))
    .map(({ path, text }) => ({ path: path || '(top level)', text }));
}

function describe(issue: Issue, input: unknown): Problem[] {
  const path = renderPath(issue.path);
  const value = valueAt(input, issue.path);
  const got = renderValue(value);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: renderPath([...issue.path, key]),
        text: 'is not a known key (check the spelling)',
      }));
    case 'invalid_type': {
      const wanted = nounOf(issue.expected);
      const seen = ['object', 'array'].includes(issue.expected) ? kindOf(value) : got;
      return [
        {
          path,
          text: got === undefined ? `is missing (wanted ${wanted})` : `must be ${wanted} (got ${seen})`,
        },
      ];
    }
    case 'invalid_value':
      return [
        {
          path,
          text: `must be ${oneOf(issue.values.map((value) => JSON.stringify(value)))} (got ${got ?? 'nothing'})`,
        },
      ];
    case 'too_small':
      return [{ path, text: `${leastOf(issue)} (got ${Array.isArray(value) ? value.length : got})` }];
    case 'invalid_union':
      return describeUnion(issue, path, got, input);
    default:
      return [{ path, text: `${lowerFirst(issue.message)} (got ${got ?? 'nothing'})` }];
  }
}

function describeUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: string,
  got: string | undefined,
  input: unknown,
): Problem[] {
  const { discriminator } = issue;
  if (discriminator !== undefined) {
    const where = path.endsWith(discriminator) ? path : [path, discriminator].filter(Boolean).join('.');
    const options =
      'options' in issue && Array.isArray(issue.options)
        ? issue.options.map((option) => JSON.stringify(option))
        : [];
    const value = valueAt(input, issue.path);
    const kind =
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[discriminator] : value;
    return [
      {
        path: where,
        text: `must be ${options.length > 0 ? oneOf(options) : 'a known kind'} (got ${renderValue(kind) ?? 'nothing'})`,
      },
    ];
  }
  return [
    {
      path,
      text: `must be a reference to a secret: { env: NAME } or { file: PATH } (got ${got === undefined ? 'nothing' : 'something else'})`,
    },
  ];
}

function leastOf({ origin, minimum }: Extract<Issue, { code: 'too_small' }>): string {
  if (origin === 'array') return `must have at least ${minimum} ${minimum === 1 ? 'item' : 'items'}`;
  if (origin === 'string')
    return minimum === 1 ? 'must not be empty' : `must have at least ${minimum} characters`;
  return `must be at least ${minimum}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return value;
}

function renderPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${String(key)}` : String(key),
    '',
  );
}

/** One word, or what kind of thing is there instead. */
function renderValue(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'object') return kindOf(value);
  const text = JSON.stringify(value);
  // A connection string, or an address with a password or a signature in it.
  if (/(key|password|pwd|secret|token|sig)=|:\/\/[^/]*@/i.test(text)) return 'a text that may hold a secret';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a section' : `a ${typeof value}`;
}

/** zod's names of types, as the config page calls them. */
function nounOf(type: string): string {
  const nouns: Readonly<Record<string, string>> = {
    object: 'a section',
    array: 'a list',
    int: 'a whole number',
    boolean: 'true or false',
  };
  return nouns[type] ?? `a ${type}`;
}

function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
