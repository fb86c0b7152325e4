export interface TocLine {
  readonly dumpId: number;
  /** pg_dump's word: "TABLE DATA". */
  readonly type: string;
  readonly schema: string;
  readonly name: string;
}

/** Types of two words and more, the longest first, as a name may follow without a schema ("-"). */
const TYPES = [
  'MATERIALIZED VIEW DATA',
  'MATERIALIZED VIEW',
  'TABLE DATA',
  'FK CONSTRAINT',
  'SEQUENCE SET',
  'SEQUENCE OWNED BY',
  'DEFAULT ACL',
];

/** Reads what `pg_restore --list` prints. Comment lines are passed over. */
export function parseTableOfContents(text: string): TocLine[] {
  return text.split('\n').flatMap((line) => {
    const [, dumpId, rest = ''] = /^(\d+); \d+ \d+ (.*)$/.exec(line) ?? [];
    if (dumpId === undefined) return [];
    const type =
      TYPES.find((words) => rest.startsWith(`${words} `)) ?? rest.slice(0, Math.max(rest.indexOf(' '), 0));
    const [schema = '', ...name] = rest.slice(type.length + 1).split(' ');
    return [{ dumpId: Number(dumpId), type, schema, name: name.slice(0, -1).join(' ') }];
  });
}
