import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** zod's issues as sentences by path, for people: "objectives.rpo: must be a duration such as … (got "15 min")". */
export function describeProblems(issues: readonly Issue[], input: unknown): string[] {
  return issues
    .flatMap((issue) => describe(issue, input))
    .map(({ path, text }) => `${path || '(top level)'}: ${text}`);
}

interface Problem {
  readonly path: string;
  readonly text: string;
}

function describe(issue: Issue, input: unknown): Problem[] {
  const path = renderPath(issue.path);
  const got = renderValue(valueAt(input, issue.path));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: renderPath([...issue.path, key]),
        text: 'is not a known key (check the spelling)',
      }));
    case 'invalid_type':
      return [
        {
          path,
          text:
            got === undefined
              ? `is missing (wanted ${article(issue.expected)})`
              : `must be ${article(issue.expected)} (got ${got})`,
        },
      ];
    case 'invalid_value':
      return [
        {
          path,
          text: `must be ${oneOf(issue.values.map((value) => JSON.stringify(value)))} (got ${got ?? 'nothing'})`,
        },
      ];
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

function renderValue(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function article(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
