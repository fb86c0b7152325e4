/** Whether a host is one of these: names and addresses as they are, "*.corp.example" for everything below. */
export function matchesHost(host: string, patterns: readonly string[]): boolean {
  const wanted = host.toLowerCase().replace(/\.$/, '');
  return patterns.some((pattern) => {
    const plain = pattern.toLowerCase();
    return plain.startsWith('*.') ? wanted.endsWith(plain.slice(1)) : wanted === plain;
  });
}
