/** Text for XML and HTML, without the control characters that XML 1.0 has no way to write. */
export function escapeXml(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return (
    text
      // oxlint-disable-next-line no-control-regex -- they are what XML 1.0 has no way to write
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
      .replaceAll(/[&<>"']/g, (character) => names[character] ?? '')
  );
}
