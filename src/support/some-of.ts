/** `a; b; c and 12 more`. */
export function someOf(all: readonly string[], separator = '; ', most = 5): string {
  const shown = all.slice(0, most).join(separator);
  return all.length > most ? `${shown} and ${all.length - most} more` : shown;
}
