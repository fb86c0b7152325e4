import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type Provider from 'oidc-provider';
import type { Accounts } from './accounts.ts';
import { renderCodePage, renderPasswordPage, renderProblemPage } from './pages.ts';
import type { IdentityUser } from './users.ts';

export interface SignInOptions {
  readonly provider: Provider;
  readonly name: string;
  readonly accounts: Accounts;
  readonly secondFactor: boolean;
}

/** Handles `/interaction/UID`: a page for name and password, then, where it is asked for, one for the code. */
export function createSignIn({ provider, name, accounts, secondFactor }: SignInOptions) {
  /** Those who gave a right password and still owe a code, by interaction. */
  const half = new Map<string, IdentityUser>();

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const interaction = await provider.interactionDetails(request, response).catch(() => undefined);
    if (interaction?.prompt.name !== 'login') {
      const problem =
        'This sign-in has expired or belongs to another browser. Go back to the site and start again.';
      return send(response, 400, renderProblemPage(name, problem));
    }
    const { uid } = interaction;
    const action = `/interaction/${uid}`;
    const known = half.get(uid);
    const form = request.method === 'POST' ? new URLSearchParams(await text(request)) : undefined;

    if (known) {
      if (!form) return send(response, 200, renderCodePage({ provider: name, action }));
      if (accounts.checkCode(known, form.get('code') ?? '')) {
        half.delete(uid);
        return finish(request, response, known, ['pwd', 'otp']);
      }
      const problem = 'This code is wrong, or it has been used before. Wait for the next one.';
      return send(response, 401, renderCodePage({ provider: name, action, problem }));
    }

    if (!form) return send(response, 200, renderPasswordPage({ provider: name, action }));
    const username = form.get('username') ?? '';
    const found = accounts.checkPassword(username, form.get('password') ?? '');
    if (typeof found === 'string') {
      const problem =
        found === 'disabled' ? 'This account is disabled.' : 'The username or the password is wrong.';
      return send(response, 401, renderPasswordPage({ provider: name, action, problem, username }));
    }
    if (!secondFactor || found.totpSecret === undefined) return finish(request, response, found, ['pwd']);
    half.set(uid, found);
    // A redirect, so that reloading the page does not send the password again.
    response.writeHead(303, { location: action }).end();
  };

  async function finish(
    request: IncomingMessage,
    response: ServerResponse,
    { id }: IdentityUser,
    amr: string[],
  ): Promise<void> {
    const login = { accountId: String(id), amr };
    await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
  }
}

function send(response: ServerResponse, status: number, page: string): void {
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    })
    .end(page);
}
