const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** The cells of one line of a COPY block in text format: https://www.postgresql.org/docs/current/sql-copy.html */
export function parseCopyRow(line: string): (string | null)[] {
  return line.split('\t').map((cell) => {
    if (cell === '\\N') return null;
    return cell.includes('\\')
      ? cell.replaceAll(/\\([0-7]{1,3}|x[0-9a-f]{1,2}|.)/gi, (_, code: string) => unescape(code))
      : cell;
  });
}

function unescape(code: string): string {
  if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
  if (/^x[0-9a-f]/i.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
  return ESCAPES[code] ?? code;
}
