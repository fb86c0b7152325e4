import { report } from './phrases.ts';
import type { Random } from './random.ts';

export interface Document {
  readonly name: string;
  readonly extension: string;
  readonly mimeType: string;
  readonly body: Buffer;
  /** What Mattermost would take from it for search; empty where it takes nothing. */
  readonly content: string;
}

/** The fewest and the most lines that a document may have. */
export type LineRange = readonly [number, number];

/** A text, table, log, list or page; `kind` counts through them. */
export function writeDocument(
  random: Random,
  kind: number,
  number: number,
  [fewest, most]: LineRange = [6, 30],
): Document {
  const label = String(number).padStart(2, '0');
  const lines = Array.from({ length: random.between(fewest, most) }, () => report(random));
  const text = (name: string, extension: string, mimeType: string, content: string): Document => {
    return {
      name: `${name}-${label}.${extension}`,
      extension,
      mimeType,
      body: Buffer.from(content),
      content,
    };
  };
  switch (kind % 5) {
    case 0:
      return text(
        'handover',
        'txt',
        'text/plain; charset=utf-8',
        `Shift handover ${label}\n\n${lines.join('\n')}\n`,
      );
    case 1:
      return text('readings', 'csv', 'text/csv; charset=utf-8', table(random, lines));
    case 2: {
      const list = lines.map((note, index) => ({ step: index + 1, note, done: random.chance(0.7) }));
      return text('checklist', 'json', 'application/json', `${JSON.stringify({ number, list }, null, 2)}\n`);
    }
    case 3:
      return text('relay', 'log', 'text/x-log; charset=utf-8', log(random, lines));
    default: {
      const page = lines.slice(0, 20);
      const body = encodePdf([`Runbook ${label}`, ...page]);
      const name = `runbook-${label}.pdf`;
      return { name, extension: 'pdf', mimeType: 'application/pdf', body, content: page.join(' ') };
    }
  }
}

function table(random: Random, lines: readonly string[]): string {
  const rows = lines.map(
    (line, index) => `${index},${random.between(0, 100)},${random.next().toFixed(3)},"${line}"`,
  );
  return ['reading,level,drift,remark', ...rows, ''].join('\n');
}

function log(random: Random, lines: readonly string[]): string {
  return lines.map((line, index) => `${clock(index * 37)} relay-${random.between(1, 9)} ${line}\n`).join('');
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 19);
}

/** One page of Helvetica (ISO 32000-1): catalogue, pages, page, font, text, and where each begins. */
function encodePdf(lines: readonly string[]): Buffer {
  const shown = lines.map((line) => `(${line.replaceAll(/[\\()]/g, String.raw`\$&`)}) Tj T*`).join('\n');
  const stream = `BT /F1 11 Tf 14 TL 50 780 Td\n${shown}\nET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    `<< /Length ${Buffer.byteLength(stream)} >>\nstream\n${stream}\nendstream`,
  ];
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = Buffer.byteLength(text);
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(offset).padStart(10, '0')} 00000 n \n`;
  });
  const end = Buffer.byteLength(text);
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`;
  return Buffer.from(
    `${text}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${end}\n%%EOF\n`,
  );
}
