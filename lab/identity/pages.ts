/** Labels and buttons are what page objects look for: "Username", "Password", "One-time code", "Sign in". */
export interface PageOptions {
  readonly provider: string;
  readonly action: string;
  readonly problem?: string | undefined;
  readonly username?: string;
}

export function renderPasswordPage({ username = '', ...options }: PageOptions): string {
  return renderPage(
    options,
    `<label for="username">Username</label>
      <input id="username" name="username" autocomplete="username" autocapitalize="none" required value="${escape(username)}"${username ? '' : ' autofocus'}>
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required${username ? ' autofocus' : ''}>`,
  );
}

export function renderCodePage(options: PageOptions): string {
  return renderPage(
    options,
    `<label for="code">One-time code</label>
      <input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]*" maxlength="7" aria-describedby="code-help" required autofocus>
      <p id="code-help">Six digits, from your authenticator app. Each works once.</p>`,
  );
}

export function renderProblemPage(provider: string, problem: string): string {
  return renderDocument(provider, `<p role="alert">${escape(problem)}</p>`);
}

function renderPage({ provider, action, problem }: PageOptions, fields: string): string {
  return renderDocument(
    provider,
    `${problem === undefined ? '' : `<p role="alert">${escape(problem)}</p>`}
    <form method="post" action="${escape(action)}">
      ${fields}
      <button type="submit">Sign in</button>
    </form>`,
  );
}

function renderDocument(provider: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Sign in · ${escape(provider)}</title>
  <link rel="icon" href="data:,">
  <style>${STYLE}</style>
</head>
<body>
  <main>
    <h1>${escape(provider)}</h1>
    ${body}
  </main>
</body>
</html>
`;
}

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: light-dark(#eef1f6, #14181f); color: light-dark(#1c2430, #e6eaf0); }
  main { width: min(22rem, calc(100vw - 4rem)); padding: 2rem; border-radius: 12px; background: light-dark(#fff, #1e2530); box-shadow: 0 8px 30px rgb(0 0 0 / .12); }
  h1 { margin: 0 0 1rem; font-size: 1.35rem; }
  form { display: grid; gap: .4rem; }
  label { font-weight: 600; margin-top: .4rem; }
  input { font: inherit; padding: .55rem .7rem; border: 1px solid light-dark(#8894a5, #66758a); border-radius: 8px; background: transparent; color: inherit; }
  input:focus-visible, button:focus-visible { outline: 3px solid light-dark(#2f6fed, #7fa8ff); outline-offset: 1px; }
  p { margin: .2rem 0; font-size: .9rem; }
  [role=alert] { padding: .6rem .8rem; border-radius: 8px; background: light-dark(#fdecec, #46201f); color: light-dark(#8f1d1d, #ffc9c6); }
  button { font: inherit; font-weight: 600; margin-top: 1rem; padding: .6rem; border: 0; border-radius: 8px; background: #1d55c4; color: #fff; cursor: pointer; }
`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escape = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
