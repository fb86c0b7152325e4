/**
 * How the schema's files describe a table, so that 83 of them can be read at a glance.
 *
 * A column is `name type`, columns are parted by commas. A bare number is varchar of that length; other types
 * are PostgreSQL's own names. `!` after the type means not null, `=` gives the default: `lastlogin bigint!=0`.
 */
export interface TableDescription {
  readonly columns: string;
  /** The primary key's columns. */
  readonly key: string;
  /** Columns of each unique constraint, which is named after the table and its columns. */
  readonly unique?: readonly string[];
  /** Ordinary indexes by name: `[unique ]columns[ where condition]`. */
  readonly indexes?: Readonly<Record<string, string>>;
  /** Full-text indexes by name: the columns whose words they hold; `words(name)` parts file names at `.,-`. */
  readonly search?: Readonly<Record<string, string>>;
  /** Foreign keys by name: `column table`; rows go when what they belong to goes. */
  readonly belongsTo?: Readonly<Record<string, string>>;
  /** A big, busy table: vacuumed at a tenth and analysed at a twentieth of changed rows. */
  readonly vacuumOften?: true;
}

export type TableGroup = Readonly<Record<string, TableDescription>>;
