import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync, type TSType } from 'oxc-parser';
import { readMarkdown } from './markdown.ts';
import type { ProjectCheck } from './project-check.ts';

const SOURCE = 'src/model/journal.ts';
const PAGE = 'docs/journal.md';

/** Every event that the journal can hold has a section, which names each of its fields. */
export const journalDocsCheck: ProjectCheck = {
  name: 'docs/journal.md',
  async find(root) {
    const events = readEvents(readFileSync(path.join(root, SOURCE), 'utf8'));
    if (events.size === 0) return [`${SOURCE}: no event was found in the type JournalBody`];
    const { sections } = readMarkdown(readFileSync(path.join(root, PAGE), 'utf8'));
    const written = new Map(
      sections.flatMap(({ heading, text }) =>
        [...heading.matchAll(/`([a-z]+(?:\.[a-z]+)?)`/g)].map(([, type = '']) => [type, text] as const),
      ),
    );
    return [
      ...[...events].flatMap(([type, fields]) => {
        const text = written.get(type);
        if (text === undefined) return [`${PAGE} has no section for the event "${type}" (${SOURCE})`];
        return fields
          .filter((field) => !text.includes(`\`${field}\``))
          .map((field) => `${PAGE}, ${type}: the field "${field}" is not described`);
      }),
      ...[...written.keys()]
        .filter((type) => !events.has(type))
        .map((type) => `${PAGE} describes the event "${type}", which ${SOURCE} does not have`),
    ];
  },
};

/** Event type → its fields, from the members of the union JournalBody. */
export function readEvents(source: string): Map<string, readonly string[]> {
  const events = new Map<string, readonly string[]>();
  for (const statement of parseSync(SOURCE, source).program.body) {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : null;
    if (declared?.type !== 'TSTypeAliasDeclaration' || declared.id.name !== 'JournalBody') continue;
    for (const member of membersOf(declared.typeAnnotation)) {
      if (member.type !== 'TSTypeLiteral') continue;
      const fields = new Map(
        member.members.flatMap((signature) =>
          signature.type === 'TSPropertySignature' && signature.key.type === 'Identifier'
            ? [[signature.key.name, signature.typeAnnotation?.typeAnnotation] as const]
            : [],
        ),
      );
      const names = [...fields.keys()].filter((name) => name !== 'type');
      for (const type of literalsOf(fields.get('type'))) events.set(type, names);
    }
  }
  return events;
}

function membersOf(type: TSType): readonly TSType[] {
  return type.type === 'TSUnionType' ? type.types : [type];
}

function literalsOf(type: TSType | undefined): string[] {
  if (!type) return [];
  return membersOf(type).flatMap((member) =>
    member.type === 'TSLiteralType' &&
    member.literal.type === 'Literal' &&
    typeof member.literal.value === 'string'
      ? [member.literal.value]
      : [],
  );
}
