import type { App } from './app.ts';

/** The page that answers a failed sign-in: it leads the browser on to /error, signed so that nobody can forge its words. */
export function errorPage(app: App, message: string): string {
  const query = new URLSearchParams({ message });
  query.set('s', app.identity.sign(`/error?${query}`));
  const target = `/error?${query}`;
  return `<!DOCTYPE html><html><head></head>
<body onload="window.location = '${scriptText(target)}'">
<noscript><meta http-equiv="refresh" content="0; url=${escapeHtml(target)}"></noscript>
<!-- web error message -->
<a href="${escapeHtml(target)}" style="color: #c0c0c0;">...</a>
</body></html>
`;
}

/** Only letters, digits and a few harmless marks as they are: safe in a script inside an attribute. */
function scriptText(text: string): string {
  return text.replaceAll(
    /[^\w/?.+%-]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
