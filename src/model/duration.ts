/** A length of time. Every number that means one is in milliseconds. */
export type Milliseconds = number;

export const seconds = (n: number): Milliseconds => n * 1_000;
export const minutes = (n: number): Milliseconds => n * 60_000;
export const hours = (n: number): Milliseconds => n * 3_600_000;
export const days = (n: number): Milliseconds => n * 86_400_000;

const UNITS: Readonly<Record<string, Milliseconds>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Reads "90s", "15m", "2h", "1h30m" or "7d". Resolves to undefined for anything else. */
export function parseDuration(text: string): Milliseconds | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount = '0', unit = 'ms'] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (UNITS[unit] ?? 0);
  }
  return Number.isFinite(total) ? total : undefined;
}

/** "740ms", "8.4s", "4m12s", "26h", "3d2h": the two largest units, for people. */
export function formatDuration(ms: Milliseconds): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  if (ms < 59_950) return `${Number((ms / 1_000).toFixed(1))}s`;
  const whole = Math.round(ms / 1_000);
  const parts: [number, string][] = [
    // People say 24 h and 36 h, but 3 d.
    [whole < 2 * 86_400 ? 0 : Math.floor(whole / 86_400), 'd'],
    [whole < 2 * 86_400 ? Math.floor(whole / 3_600) : Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join('');
}
