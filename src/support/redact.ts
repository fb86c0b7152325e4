/** Replaces known secret values in anything that is written down. */
export interface Redactor {
  /** Keeps this value out from here on. Very short values are refused: they would blank ordinary text. */
  add(secret: string): void;
  redact(text: string): string;
  /** The same for a JSON value, keys included. */
  redactJson<T>(value: T): T;
}

const SHORTEST = 4;
const MASK = '[redacted]';

export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  return {
    add(secret) {
      if (secret.length < SHORTEST) return;
      // The forms in which a secret ends up in URLs, JSON and basic authentication.
      for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
        secrets.add(form);
    },
    redact,
    redactJson: (value) => (secrets.size === 0 ? value : JSON.parse(redact(JSON.stringify(value)))),
  };

  function redact(text: string): string {
    let result = text;
    for (const secret of [...secrets].toSorted((a, b) => b.length - a.length))
      result = result.replaceAll(secret, MASK);
    return result;
  }
}
