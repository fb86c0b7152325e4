/** Replaces known secret values in anything that is written down. */
export interface Redactor {
  /** Keeps this value out from here on. Very short values are refused: they would blank ordinary text. */
  add(secret: string): void;
  redact(text: string): string;
  /**
   * The same for the texts in a JSON value; numbers and keys stay. `longerThan` leaves out secrets that ordinary words
   * could contain by chance, where a blanked word would do harm.
   */
  redactJson<T>(value: T, options?: { longerThan?: number }): T;
}

const SHORTEST = 4;
/** Shorter ones encoded in base64 could appear in it by chance. */
const SHORTEST_IN_BASE64 = 8;
const MASK = '[redacted]';

export function createRedactor(): Redactor {
  const forms = new Set<string>();
  const patterns = new Map<number, RegExp | undefined>();

  return {
    add(secret) {
      for (const form of formsOf(secret)) forms.add(form);
      patterns.clear();
    },
    redact: (text) => redactText(text, 0),
    redactJson: (value, { longerThan = 0 } = {}) =>
      mapTexts(value, (text) => redactText(text, longerThan)) as typeof value,
  };

  function redactText(text: string, longerThan: number): string {
    if (!patterns.has(longerThan)) patterns.set(longerThan, compile(longerThan));
    const pattern = patterns.get(longerThan);
    return pattern ? text.replace(pattern, MASK) : text;
  }

  function compile(longerThan: number): RegExp | undefined {
    const wanted = [...forms].filter(({ length }) => length > longerThan);
    // The longest first: a secret that begins like another one must not leave its end behind.
    const longestFirst = wanted.toSorted((a, b) => b.length - a.length);
    return wanted.length === 0 ? undefined : new RegExp(longestFirst.map(escapeForPattern).join('|'), 'g');
  }
}

/** The forms in which a secret ends up in logs, URLs, forms, JSON, command lines and basic authentication. */
function formsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= SHORTEST_IN_BASE64);
  const whole = secret.length < SHORTEST ? [] : [secret];
  // A key in PEM is logged line by line.
  return [...whole, ...(lines.length > 1 ? lines : [])].flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    text.replaceAll("'", String.raw`'\''`),
    ...urlForms(text),
    ...base64Forms(text),
  ]);
}

function urlForms(text: string): string[] {
  const plain = encodeURIComponent(text.toWellFormed());
  const strict = plain.replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const lowerCase = (form: string) => form.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  return [plain, strict, lowerCase(plain), lowerCase(strict), strict.replaceAll('%20', '+')];
}

/** Base64 of a text that holds the secret, such as `user:secret`: what it looks like depends on how many bytes precede it. */
function base64Forms(text: string): string[] {
  if (text.length < SHORTEST_IN_BASE64) return [];
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
    return whole.toString('base64').slice(before === 0 ? 0 : 4);
  });
}

function escapeForPattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, mapTexts(child, change)]));
}
