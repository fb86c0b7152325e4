import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTotpStep, totpCode } from '../../../lab/application/accounts/totp.ts';
import {
  BACKUPS,
  call,
  openDumpSite,
  PASSWORD,
  SKIP_REASON,
  type Answer,
  type DumpSite,
} from './dump-site.ts';
import { openTinyIdp, type TinyIdp } from './tiny-idp.ts';

/**
 * The official server's recorded answers, asked again, in their order, on the same data.
 *
 * Not compared, and why:
 * - request_id, tokens, state, signatures, X-Version-Id beyond its version: new each time, or the build's own.
 * - times that the recorded run made itself (>= RECORDED_FROM): ours must be times of this run instead.
 * - BuildNumber: the stand-in says what it is.
 * - update_at of 67: the official server answered from its cache.
 * - the order of lists that the official server leaves to the database (UNORDERED).
 */
interface Recorded {
  readonly request: { method: string; path: string; headers: Record<string, string>; body: unknown };
  readonly response: { status: number; headers: Record<string, string | string[]>; body: unknown };
}

const RECORDED_FROM = 1_795_303_800_000;
const UNORDERED = ['18', '28', '47', '48', '52', '53'];
const VOLATILE = new Set(['request_id', 'BuildNumber']);
const JUDYS_SECRET = 'SVZESZLG7XTR2ICGMFONLDUPZRL76FPU';
const folder = path.join(BACKUPS ?? '', 'mattermost-11.6', 'api');
const names = BACKUPS
  ? readdirSync(folder).filter((name) => name.endsWith('.json') && !name.startsWith('73'))
  : [];
const read = (name: string): Recorded =>
  JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Recorded;

describe.skipIf(!BACKUPS)(
  `the stand-in beside the official server's recorded answers ${BACKUPS ? '' : `(${SKIP_REASON})`}`,
  () => {
    let site: DumpSite;
    let idp: TinyIdp;
    const startedAt = Date.now();
    const tokens: Record<string, string> = { restored: 'notarealsessiontoken000001', bad: 'x'.repeat(26) };
    // Ids that the recorded run made, and what this run made in their place.
    const renamed = new Map<string, string>();
    let judysCode = '';

    beforeAll(async () => {
      [site, idp] = await Promise.all([openDumpSite(), openTinyIdp()]);
      idp.users.set('66', {
        id: 1001,
        username: 'responder1',
        email: 'responder1@ops.example',
        name: 'Ovrin Quellmoor',
      });
      idp.users.set('68', {
        id: 1999,
        username: 'stranger',
        email: 'stranger@ops.example',
        name: 'A Stranger',
      });
      idp.users.set('69', { id: 1998, username: 'heidi2', email: 'heidi@ops.example', name: 'Heidi Two' });
      idp.users.set('70', {
        id: 1013,
        username: 'former.member',
        email: 'former.member@ops.example',
        name: 'Gavrun Wexlombe',
      });
      await site.start(environmentOfTheRun(idp));
    }, 60_000);
    afterAll(async () => {
      await site?.[Symbol.asyncDispose]();
      await idp?.[Symbol.asyncDispose]();
    }, 30_000);

    it.each(names)(
      'answers %s as it does',
      async (name) => {
        const number = name.slice(0, 2);
        const recorded = read(name);
        const answer = await ask(number, recorded);
        remember(number, recorded, answer);
        expect(answer.status).toBe(recorded.response.status);
        compareHeaders(recorded, answer);
        compareBody(number, recorded, answer);
      },
      20_000,
    );

    it('takes the secret in the body of the token request, as a GitLab-style provider wants it', () => {
      expect(idp.tokenRequests[0]).toEqual({
        client_id: 'mattermost-drill',
        client_secret: 'drill-secret',
        code: '66',
        grant_type: 'authorization_code',
        redirect_uri: 'https://chat.ops.example/signup/gitlab/complete',
      });
    });

    async function ask(number: string, { request }: Recorded): Promise<Answer<unknown>> {
      if (['66', '68', '69', '70', '72'].includes(number)) return callBack(number);
      const body = await bodyOf(number, request.body);
      const headers = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => name !== 'Authorization'),
      );
      const token = request.headers['Authorization'] ? await tokenFor(number) : undefined;
      if (number === '15')
        return call(site, request.method, request.path, { token: tokens['restored'] ?? '' });
      const given = body === null ? {} : { body };
      return call<unknown>(site, request.method, rename(request.path), {
        headers,
        ...(token && { token }),
        ...given,
      });
    }

    /** Starts at the provider for a state and its cookie, then comes back with a code. */
    async function callBack(number: string): Promise<Answer<unknown>> {
      const start = await call(site, 'GET', '/oauth/gitlab/login');
      const state = new URL(start.headers.get('location') ?? '').searchParams.get('state') ?? '';
      const cookie = start.headers.getSetCookie()[0]?.split(';')[0] ?? '';
      const shown = number === '72' ? Buffer.from('{"token":"forged"}').toString('base64') : state;
      return call<unknown>(
        site,
        'GET',
        `/signup/gitlab/complete?code=${number}&state=${encodeURIComponent(shown)}`,
        { headers: { cookie } },
      );
    }

    async function tokenFor(number: string): Promise<string> {
      if (number === '58') return tokens['bad'] ?? '';
      if (number === '67' || number === '71') return tokens[`oauth-${number}`] ?? '';
      if (!['62', '63', '64'].includes(number)) return tokens['heidi'] ?? '';
      tokens['admin'] ??=
        (
          await call(site, 'POST', '/api/v4/users/login', {
            body: { login_id: 'admin.drill', password: PASSWORD.admin },
          })
        ).headers.get('token') ?? '';
      return tokens['admin'];
    }

    async function bodyOf(number: string, body: unknown): Promise<unknown> {
      if (number === '38') return 'x'.repeat(96);
      if (number !== '12' && number !== '13')
        return body === null ? null : JSON.parse(rename(JSON.stringify(body)));
      judysCode ||= totpCode(JUDYS_SECRET, Math.floor(Date.now() / 30_000));
      return { ...(body as object), token: judysCode };
    }

    function remember(number: string, recorded: Recorded, answer: Answer<unknown>): void {
      const token = answer.headers.get('token');
      if (number === '06' && token) tokens['heidi'] = token;
      if (number === '66' && token) tokens['oauth-67'] = token;
      if (number === '70' && token) tokens['oauth-71'] = token;
      if (answer.status !== 201) return;
      const idOf = (body: unknown): string => {
        const { id, file_infos: infos } = body as { id?: string; file_infos?: { id: string }[] };
        return id ?? infos?.[0]?.id ?? '';
      };
      renamed.set(idOf(recorded.response.body), idOf(answer.body));
    }

    function rename(text: string): string {
      let result = text;
      for (const [theirs, ours] of renamed) result = result.replaceAll(theirs, ours);
      return result;
    }

    function compareHeaders({ response }: Recorded, answer: Answer<unknown>): void {
      for (const [name, wanted] of Object.entries(response.headers)) {
        const found = answer.headers.get(name);
        if (name === 'Set-Cookie') {
          expect(answer.headers.getSetCookie().map((cookie) => cookie.split('=')[0])).toEqual(wanted);
        } else if (name === 'X-Version-Id') {
          expect(found).toMatch(/^11\.6\.0\.stand-in\.[0-9a-f]{64}\.false$/);
        } else if (name === 'Token') {
          expect(found).toMatch(/^[a-z0-9]{26}$/);
        } else if (name === 'Location') {
          expect(found?.replace(/state=[^&]*/, 'state=<redacted>')).toBe(wanted);
        } else {
          expect(found).toBe(wanted);
        }
      }
      if (!('Set-Cookie' in response.headers)) expect(answer.headers.getSetCookie()).toEqual([]);
    }

    function compareBody(number: string, { response }: Recorded, answer: Answer<unknown>): void {
      if (typeof response.body === 'string') return compareText(response.body, String(answer.body));
      const wanted = JSON.parse(rename(JSON.stringify(response.body))) as unknown;
      const [theirs, ours] = [wanted, answer.body].map((value) =>
        UNORDERED.includes(number) ? sorted(value) : value,
      );
      expect(settle(ours, theirs, number)).toEqual(settle(theirs, theirs, number));
    }

    function compareText(theirs: string, ours: string): void {
      const sized = /^<(\d+) bytes, sha256 ([0-9a-f]+)>$/.exec(theirs);
      if (!sized) return expect(unsigned(ours)).toBe(unsigned(theirs));
      // Text came through a decoder; only what is ASCII can be hashed again, pictures are in the page's test.
      if ([...ours].every((letter) => letter <= '\u007f'))
        expect(createHash('sha256').update(ours).digest('hex')).toBe(sized[2]);
    }

    /** Puts a mark in place of what is rightly different in another run, after looking that it is plausible. */
    function settle(value: unknown, theirs: unknown, number: string, key = ''): unknown {
      if (VOLATILE.has(key) || (number === '67' && key === 'update_at')) return typeof value;
      if (typeof theirs === 'number' && theirs >= RECORDED_FROM) {
        return value === theirs || (typeof value === 'number' && value >= startedAt)
          ? '<time of the run>'
          : value;
      }
      if (Array.isArray(value))
        return value.map((entry, index) => settle(entry, (theirs as unknown[])?.[index], number));
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([name, entry]) => [
          name,
          settle(entry, (theirs as Record<string, unknown>)?.[name], number, name),
        ]),
      );
    }
  },
);

it('knows a code one step early or late, and no other', () => {
  const now = 1_795_303_800_000;
  const at = (steps: number): string => totpCode(JUDYS_SECRET, Math.floor(now / 30_000) + steps);
  expect([-2, -1, 0, 1, 2].map((steps) => findTotpStep(JUDYS_SECRET, at(steps), now) !== undefined)).toEqual([
    false,
    true,
    true,
    true,
    false,
  ]);
});

const unsigned = (page: string): string =>
  page.replaceAll(/(s(?:=|\\u003D))[\w-]+(?:=|\\u003D)*/g, '$1<signature>');

function sorted(value: unknown): unknown {
  if (!Array.isArray(value)) {
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [
        key,
        key === 'channel_ids' || Array.isArray(entry) ? sorted(entry) : entry,
      ]),
    );
  }
  return value
    .map(sorted)
    .toSorted((a, b) =>
      JSON.stringify(a, Object.keys((a as object) ?? {}).sort()).localeCompare(
        JSON.stringify(b, Object.keys((b as object) ?? {}).sort()),
      ),
    );
}

/** The same settings overridden as in the recorded run. */
function environmentOfTheRun(idp: TinyIdp): Record<string, string> {
  return {
    MM_ANNOUNCEMENTSETTINGS_ADMINNOTICESENABLED: 'false',
    MM_CACHESETTINGS_CACHETYPE: 'lru',
    MM_CLOUDSETTINGS_DISABLE: 'true',
    MM_CLUSTERSETTINGS_CLUSTERNAME: 'drill',
    MM_EMAILSETTINGS_PUSHNOTIFICATIONSERVER: 'http://127.0.0.1:9',
    MM_EMAILSETTINGS_SMTPPORT: '9',
    MM_EMAILSETTINGS_SMTPSERVER: '127.0.0.1',
    MM_GITLABSETTINGS_ENABLE: 'true',
    MM_GITLABSETTINGS_ID: 'mattermost-drill',
    MM_GITLABSETTINGS_SECRET: 'drill-secret',
    MM_GITLABSETTINGS_SCOPE: 'read_user',
    MM_GITLABSETTINGS_AUTHENDPOINT: 'https://sso-drill.ops.example/oauth/authorize',
    MM_GITLABSETTINGS_TOKENENDPOINT: `${idp.url}/token`,
    MM_GITLABSETTINGS_USERAPIENDPOINT: `${idp.url}/user`,
    MM_GUESTACCOUNTSSETTINGS_ENABLE: 'true',
    MM_JOBSETTINGS_RUNJOBS: 'false',
    MM_JOBSETTINGS_RUNSCHEDULER: 'false',
    MM_LDAPSETTINGS_ENABLESYNC: 'false',
    MM_LOGSETTINGS_CONSOLELEVEL: 'INFO',
    MM_LOGSETTINGS_ENABLEDIAGNOSTICS: 'false',
    MM_LOGSETTINGS_ENABLESENTRY: 'false',
    MM_LOGSETTINGS_FILELOCATION: '',
    MM_PLUGINSETTINGS_AUTOMATICPREPACKAGEDPLUGINS: 'false',
    MM_PLUGINSETTINGS_ENABLE: 'false',
    MM_PLUGINSETTINGS_ENABLEMARKETPLACE: 'false',
    MM_RATELIMITSETTINGS_ENABLE: 'false',
    MM_SAMLSETTINGS_ENABLESYNCWITHLDAP: 'false',
    MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS: '',
    MM_SERVICESETTINGS_ENABLEBOTACCOUNTCREATION: 'true',
    MM_SERVICESETTINGS_ENABLECOMMANDS: 'true',
    MM_SERVICESETTINGS_ENABLECUSTOMEMOJI: 'true',
    MM_SERVICESETTINGS_ENABLEEMAILINVITATIONS: 'false',
    MM_SERVICESETTINGS_ENABLEGIFPICKER: 'false',
    MM_SERVICESETTINGS_ENABLEINCOMINGWEBHOOKS: 'true',
    MM_SERVICESETTINGS_ENABLELOCALMODE: 'false',
    MM_SERVICESETTINGS_ENABLEMULTIFACTORAUTHENTICATION: 'true',
    MM_SERVICESETTINGS_ENABLEONBOARDINGFLOW: 'false',
    MM_SERVICESETTINGS_ENABLETUTORIAL: 'false',
    MM_SERVICESETTINGS_ENABLEUSERACCESSTOKENS: 'true',
    MM_SERVICESETTINGS_LOCALMODESOCKETLOCATION: '',
    MM_SERVICESETTINGS_SITEURL: 'https://chat.ops.example',
    MM_SQLSETTINGS_DRIVERNAME: 'postgres',
    MM_TEAMSETTINGS_ENABLEOPENSERVER: 'false',
    MM_TEAMSETTINGS_ENABLEUSERCREATION: 'false',
  };
}
