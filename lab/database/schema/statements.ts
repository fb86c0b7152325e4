import type { TableDescription } from './notation.ts';

/** The statements that make one table. Its full-text indexes are apart, since they are dear to keep while loading. */
export function tableStatements(name: string, table: TableDescription): string[] {
  const constraints = [
    `constraint ${name}_pkey primary key (${table.key})`,
    ...(table.unique ?? []).map((columns) => {
      return `constraint ${[name, ...columns.split(', '), 'key'].join('_')} unique (${columns})`;
    }),
    ...Object.entries(table.belongsTo ?? {}).map(([constraint, target]) => {
      const [column, owner] = target.split(' ');
      return `constraint ${constraint} foreign key (${column}) references ${owner} (id) on delete cascade`;
    }),
  ];
  const storage = table.vacuumOften
    ? ' with (autovacuum_vacuum_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05)'
    : '';
  const columns = table.columns.split(',').map((column) => columnDefinition(column.trim()));
  return [
    `create table ${name} (${[...columns, ...constraints].join(', ')})${storage}`,
    ...Object.entries(table.indexes ?? {}).map(([index, description]) =>
      ordinaryIndex(name, index, description),
    ),
  ];
}

/** The statements that make a table's full-text (GIN) indexes. */
export function searchStatements(name: string, table: TableDescription): string[] {
  return Object.entries(table.search ?? {}).map(([index, columns]) => {
    const words = columns
      .replace(/words\((\w+)\)/, "translate($1, '.,-', '   ')")
      .replaceAll(/(?<=\w) (?=\w)/g, " || ' ' || ");
    return `create index ${index} on ${name} using gin (to_tsvector('english', ${words}))`;
  });
}

const COLUMN = /^(?<name>\w+) (?<type>[\w[\]]+)(?<required>!?)(?:=(?<initial>.*))?$/;
const BARE_VALUES = /^(?:-?\d+|true|false|'.*')$/;

function columnDefinition(text: string): string {
  const { name, type = '', required, initial } = COLUMN.exec(text)?.groups ?? {};
  if (name === undefined) throw new TypeError(`"${text}" is no column`);
  const value = initial === undefined || BARE_VALUES.test(initial) ? initial : `'${initial}'`;
  // Quoted, because one column of Mattermost's is called "desc".
  return `"${name}" ${sqlType(type)}${required ? ' not null' : ''}${value === undefined ? '' : ` default ${value}`}`;
}

function sqlType(type: string): string {
  return type.replace(/^(\d+)/, 'varchar($1)').replace(/^char(\d+)$/, 'char($1)');
}

function ordinaryIndex(table: string, index: string, description: string): string {
  const [columns = '', condition] = description.split(' where ');
  const unique = columns.startsWith('unique ') ? 'unique ' : '';
  const where = condition === undefined ? '' : ` where ${condition}`;
  return `create ${unique}index ${index} on ${table} (${columns.replace(/^unique /, '')})${where}`;
}
