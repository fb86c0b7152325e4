import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import Provider, { type Configuration, type JWK } from 'oidc-provider';
import { openAccounts, type Accounts } from './accounts.ts';
import { ROUTES, type AccessLogEntry, type IdentityProcessConfig } from './config.ts';
import { createSignIn } from './sign-in.ts';
import type { IdentityUser } from './users.ts';

/** An OpenID provider that also speaks GitLab's dialect, as Mattermost's GitLab sign-in needs it. Not listening yet. */
export async function createIdentityServer(config: IdentityProcessConfig): Promise<Server> {
  const users = JSON.parse(await readFile(config.usersFile, 'utf8')) as IdentityUser[];
  const accounts = openAccounts(users, config);
  const provider = new Provider(config.issuer, describeProvider(config, accounts));
  const signIn = createSignIn({ provider, name: config.name, accounts, secondFactor: config.secondFactor });
  const speakOpenId = provider.callback();
  const log = createWriteStream(config.accessLog, { flags: 'a', mode: 0o600 });

  const [cert, key] = await Promise.all([readFile(config.certFile), readFile(config.keyFile)]);
  return createServer({ cert, key }, (request, response) => {
    const url = new URL(request.url ?? '/', config.issuer);
    // Node would take it from the machine's clock, whatever ours says.
    response.setHeader('Date', new Date().toUTCString());
    record(request, response, url);
    if (url.pathname.startsWith('/interaction/'))
      return void signIn(request, response).catch(() => fail(response));
    if (url.pathname === ROUTES.userInfo) return void tellUser(request, response).catch(() => fail(response));
    if (url.pathname === ROUTES.authorization && !url.searchParams.get('scope')) {
      // Mattermost asks for no scope unless it is configured to; GitLab then gives the application's default one.
      url.searchParams.set('scope', 'read_user');
      request.url = `${url.pathname}${url.search}`;
    }
    void speakOpenId(request, response);
  });

  /** GitLab's GET /api/v4/user. Mattermost wants the id as a JSON number. */
  async function tellUser(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const token = bearer === undefined ? undefined : await provider.AccessToken.find(bearer);
    const user = token && !token.isExpired ? accounts.find(token.accountId) : undefined;
    if (!token || !user) return sendJson(response, 401, { message: '401 Unauthorized' });
    if (!token.scopes.has('read_user'))
      return sendJson(response, 403, { error: 'insufficient_scope', scope: 'read_user' });
    const { id, username, email, name } = user;
    sendJson(response, 200, { id, username, email, name, state: 'active' });
  }

  function record(
    { method = '', headers, socket }: IncomingMessage,
    response: ServerResponse,
    { pathname }: URL,
  ): void {
    const remote = socket.remoteAddress ?? '';
    response.once('close', () => {
      const entry: AccessLogEntry = {
        at: new Date().toISOString(),
        remote,
        method,
        host: headers.host ?? '',
        path: pathname,
        status: response.statusCode,
        userAgent: headers['user-agent'] ?? '',
      };
      log.write(`${JSON.stringify(entry)}\n`);
    });
  }
}

function describeProvider(
  { clients, signingKeys, cookieKeys }: IdentityProcessConfig,
  accounts: Accounts,
): Configuration {
  return {
    clients: clients.map(({ clientId, clientSecret, redirectUris }) => ({
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [...redirectUris],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      // Mattermost sends the secret in the body.
      token_endpoint_auth_method: 'client_secret_post',
    })),
    jwks: { keys: signingKeys as unknown as JWK[] },
    cookies: { keys: [...cookieKeys] },
    scopes: ['openid', 'read_user'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
    pkce: { required: () => false },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    routes: {
      authorization: ROUTES.authorization,
      token: ROUTES.token,
      userinfo: ROUTES.openIdUserInfo,
      jwks: ROUTES.keys,
    },
    ttl: {
      AccessToken: 7_200,
      AuthorizationCode: 60,
      IdToken: 3_600,
      Interaction: 900,
      Session: 28_800,
      Grant: 28_800,
    },
    findAccount(_context, id) {
      const user = accounts.find(id);
      if (!user) return undefined;
      const { email, name, username } = user;
      const claims = { sub: id, email, email_verified: true, name, preferred_username: username };
      return { accountId: id, claims: async () => claims };
    },
    /** Whatever a client asks for is granted without a question: the company's own sign-on, not a marketplace. */
    async loadExistingGrant({ oidc }) {
      const { client, session, provider, requestParamScopes } = oidc;
      if (!client || !session?.accountId) return undefined;
      const known = session.grantIdFor(client.clientId);
      const grant =
        (known === undefined ? undefined : await provider.Grant.find(known)) ??
        new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope([...requestParamScopes].join(' '));
      await grant.save();
      return grant;
    },
  };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
}

function fail(response: ServerResponse): void {
  if (response.headersSent) response.destroy();
  else sendJson(response, 500, { message: '500 Internal Server Error' });
}
