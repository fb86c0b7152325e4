import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkHash } from '../../../lab/application/outbound/links.ts';
import { waitFor } from '../../../src/support/wait-for.ts';
import { BACKUPS, call, openDumpSite, signIn, SKIP_REASON, type DumpSite } from './dump-site.ts';
import { openHttpSink, openMailSink, type HttpSink, type MailSink } from './sink.ts';

const TOWN_SQUARE = 'iidrptfrbbyuicdtcrzwm9zojr';
const BRIDGE = 'o18x4gaa3idy7yb8udtez3emmc';

it('keys linkmetadata as the row in the real dump is keyed', () => {
  expect(linkHash('http://img.production.example/x.png', 1_795_176_000_000)).toBe(3_945_600_130);
});

describe.skipIf(!BACKUPS)(`calls to the outside ${BACKUPS ? '' : `(${SKIP_REASON})`}`, () => {
  let site: DumpSite;
  let web: HttpSink;
  let mail: MailSink;
  beforeAll(async () => {
    [site, web, mail] = await Promise.all([openDumpSite(), openHttpSink(), openMailSink()]);
    await site.db.query('UPDATE outgoingwebhooks SET callbackurls = $1, channelid = $2', [
      JSON.stringify([`${web.url}/hook`]),
      TOWN_SQUARE,
    ]);
  }, 60_000);
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
    await web?.[Symbol.asyncDispose]();
    await mail?.[Symbol.asyncDispose]();
  }, 30_000);

  const environment = (on: boolean): Record<string, string> => ({
    MM_EMAILSETTINGS_SENDEMAILNOTIFICATIONS: String(on),
    MM_EMAILSETTINGS_SMTPSERVER: '127.0.0.1',
    MM_EMAILSETTINGS_SMTPPORT: String(mail.port),
    MM_EMAILSETTINGS_CONNECTIONSECURITY: '',
    MM_EMAILSETTINGS_ENABLESMTPAUTH: 'false',
    MM_EMAILSETTINGS_SENDPUSHNOTIFICATIONS: String(on),
    MM_EMAILSETTINGS_PUSHNOTIFICATIONSERVER: web.url,
    MM_SERVICESETTINGS_ENABLEOUTGOINGWEBHOOKS: String(on),
    MM_SERVICESETTINGS_ENABLELINKPREVIEWS: String(on),
    MM_SERVICESETTINGS_ENABLESECURITYFIXALERT: String(on),
    MM_SERVICESETTINGS_SECURITYFIXALERTURL: web.url,
    MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS: '127.0.0.1',
    MM_ANNOUNCEMENTSETTINGS_ADMINNOTICESENABLED: String(on),
    MM_ANNOUNCEMENTSETTINGS_NOTICESURL: `${web.url}/notices`,
    MM_STANDINSETTINGS_TICKERINTERVALMILLISECONDS: '200',
  });
  const post = (token: string, channel: string, message: string) =>
    call<{ id: string }>(site, 'POST', '/api/v4/posts', { token, body: { channel_id: channel, message } });
  const arrival = (path: string, having = '') =>
    waitFor(async () => web.calls.find((one) => one.path.startsWith(path) && one.body.includes(having)), {
      timeout: 5000,
    });

  it('makes every call that restored data and settings ask for', async () => {
    const due = Date.now() - 3_600_000;
    await site.db.query('UPDATE scheduledposts SET scheduledat = $1, channelid = $2 WHERE id = $3', [
      due,
      BRIDGE,
      'drillschedpost000000000001',
    ]);
    await site.db.query('UPDATE postreminders SET targettime = $1 WHERE targettime < 2000000000', [
      Math.floor(due / 1000),
    ]);
    await site.start(environment(true));
    const heidi = await signIn(site, 'heidi');
    await post(heidi, TOWN_SQUARE, `pager! look at ${web.url}/page.html`);
    await post(heidi, BRIDGE, '@ivan are you there?');

    expect(JSON.parse((await arrival('/hook'))?.body ?? '{}')).toMatchObject({
      trigger_word: 'pager!',
      user_name: 'heidi',
      channel_id: TOWN_SQUARE,
    });
    expect(JSON.parse((await arrival('/api/v1/send_push'))?.body ?? '{}')).toMatchObject({
      platform: 'android_rn-v2',
      device_id: 'NOT-A-REAL-DEVICE-TOKEN-0001',
    });
    expect(await arrival('/page.html')).toBeDefined();
    expect(await arrival('/security')).toBeDefined();
    expect(await arrival('/notices')).toBeDefined();
    expect(
      await waitFor(async () => mail.recipients.find((to) => to === 'ivan@ops.example'), { timeout: 5000 }),
    ).toBeDefined();
    const sent = await waitFor(
      async () =>
        (await site.db.query(`SELECT 1 FROM posts WHERE message LIKE 'Scheduled: morning handover%'`))
          .rows[0],
      { timeout: 5000 },
    );
    expect(sent).toBeDefined();
    const reminded = await waitFor(
      async () =>
        (await site.db.query(`SELECT 1 FROM posts WHERE message LIKE 'Hi there, here''s your reminder%'`))
          .rows[0],
      { timeout: 5000 },
    );
    expect(reminded).toBeDefined();
    const { rows } = await site.db.query('SELECT id FROM scheduledposts ORDER BY id');
    expect(rows).toEqual([{ id: 'drillschedpost000000000002' }]);
    expect(await site.stop()).toBe('exit code 0');
  }, 40_000);

  it('makes none of them when the settings are off, but for inline pictures, which have no setting', async () => {
    web.calls.length = 0;
    mail.recipients.length = 0;
    const dialled = mail.connections();
    await site.start(environment(false));
    const heidi = await signIn(site, 'heidi');
    await post(heidi, TOWN_SQUARE, `pager! again ${web.url}/silent.html`);
    await post(heidi, BRIDGE, '@ivan again');
    const { body } = await post(heidi, BRIDGE, `![inline](${web.url}/picture.png)`);
    expect(await arrival('/picture.png')).toBeDefined();
    const described = await waitFor(
      async () => {
        const { body: read } = await call<{ metadata: { images?: object } }>(
          site,
          'GET',
          `/api/v4/posts/${body.id}`,
          { token: heidi },
        );
        return read.metadata.images;
      },
      { timeout: 5000 },
    );
    expect(described).toEqual({
      [`${web.url}/picture.png`]: { width: 1, height: 1, format: 'png', frame_count: 0 },
    });
    expect(web.calls.map(({ path }) => path)).toEqual(['/picture.png']);
    expect([mail.recipients, mail.connections()]).toEqual([[], dialled]);
    await site.stop();
  }, 40_000);

  it('fetches the picture of an old message when somebody reads it, and writes a row', async () => {
    const target = `${web.url}/old.png`;
    await site.db.query('UPDATE posts SET message = $1 WHERE id = $2', [
      `![old](${target})`,
      'e5d3cgypmir8pr19u8gfgjb4to',
    ]);
    await site.start(environment(false));
    const heidi = await signIn(site, 'heidi');
    await call(site, 'GET', '/api/v4/posts/e5d3cgypmir8pr19u8gfgjb4to', { token: heidi });
    expect(await arrival('/old.png')).toBeDefined();
    const row = await waitFor(
      async () =>
        (await site.db.query('SELECT type FROM linkmetadata WHERE url = $1', [target])).rows[0] as object,
      { timeout: 5000 },
    );
    expect(row).toEqual({ type: 'image' });
    await site.stop();
  }, 40_000);

  it('reaches no address inside for what users wrote, unless the setting names it', async () => {
    web.calls.length = 0;
    await site.start({ ...environment(true), MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS: '' });
    const heidi = await signIn(site, 'heidi');
    await post(heidi, TOWN_SQUARE, `pager! ![x](${web.url}/inside.png)`);
    const refused = await waitFor(
      async () => (/address forbidden/.test(await site.log()) ? true : undefined),
      { timeout: 5000 },
    );
    expect(refused).toBe(true);
    expect(web.calls.filter(({ path }) => path === '/inside.png' || path === '/hook')).toEqual([]);
    await site.stop();
  }, 40_000);
});
