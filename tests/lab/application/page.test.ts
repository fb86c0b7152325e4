import { chromium, expect as expectPage, type Browser, type Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { totpCode } from '../../../lab/application/accounts/totp.ts';
import { requireTool } from '../../../src/support/tools.ts';
import { BACKUPS, openDumpSite, PASSWORD, SKIP_REASON, type DumpSite } from './dump-site.ts';

describe.skipIf(!BACKUPS)(`the page ${BACKUPS ? '' : `(${SKIP_REASON})`}`, () => {
  let site: DumpSite;
  let browser: Browser;
  beforeAll(async () => {
    site = await openDumpSite();
    await site.start({
      MM_SERVICESETTINGS_ENABLEDESKTOPLANDINGPAGE: 'true',
      MM_GITLABSETTINGS_ENABLE: 'true',
    });
    browser = await chromium.launch({
      executablePath: await requireTool('chromium'),
      args: ['--no-sandbox'],
    });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await site?.[Symbol.asyncDispose]();
  }, 30_000);

  async function openPage({ seen = true } = {}): Promise<Page> {
    const context = await browser.newContext({ baseURL: site.url });
    if (seen) await context.addInitScript(() => localStorage.setItem('__landingPageSeen__', 'true'));
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    return page;
  }

  async function signIn(page: Page, name: string): Promise<void> {
    await page.goto('/login');
    await page.locator('#input_loginId').fill(name);
    await page.locator('#input_password-input').fill(PASSWORD.user);
    await page.getByRole('button', { name: 'Log in' }).click();
  }

  async function openChannel(name: string, path = '/ops/channels/incident-bridge'): Promise<Page> {
    const page = await openPage();
    await signIn(page, name);
    await expectPage(page.getByTestId('channel_view')).toBeVisible();
    await page.goto(path);
    await expectPage(page.getByTestId('postView').first()).toBeVisible();
    return page;
  }

  it('asks a first visit where to go on, and says what it is', async () => {
    const page = await openPage({ seen: false });
    await page.goto('/');
    await expectPage(page).toHaveURL(/\/landing#\//);
    await expectPage(page.getByText('Rehearsal stand-in — not Mattermost')).toBeVisible();
    await page.getByRole('link', { name: 'View in Browser' }).click();
    await expectPage(page.locator('a#gitlab.external-login-button')).toBeVisible();
  }, 30_000);

  it('says no to a wrong password', async () => {
    const page = await openPage();
    await page.goto('/login');
    await page.locator('#input_loginId').fill('ivan');
    await page.locator('#input_password-input').fill('wrong');
    await page.locator('#saveSetting').click();
    await expectPage(page.locator('#login-body-card-banner')).toContainText(
      'Enter a valid email or username',
    );
  }, 30_000);

  it('asks for the second factor', async () => {
    const page = await openPage();
    await signIn(page, 'judy');
    await page
      .locator('#input_token')
      .fill(totpCode('SVZESZLG7XTR2ICGMFONLDUPZRL76FPU', Math.floor(Date.now() / 30_000)));
    await page.getByRole('button', { name: 'Submit' }).click();
    await expectPage(page.getByTestId('channel_view')).toBeVisible();
  }, 30_000);

  it('carries a message to a second browser, with reply, reaction, edit and file, and finds it', async () => {
    const [ivan, heidi] = await Promise.all([openChannel('ivan'), openChannel('heidi')]);
    const text = `drill ${Date.now()} <b>text</b>`;
    await heidi.locator('#post_textbox').fill(text);
    await heidi.locator('#post_textbox').press('Enter');
    await expectPage(heidi.locator('#post_textbox')).toHaveValue('');
    const seen = ivan.getByTestId('postView').filter({ hasText: text });
    await expectPage(seen.locator('.post-message__text')).toHaveText(text);

    await seen.hover();
    await seen.getByRole('button', { name: 'reply' }).click();
    await ivan.locator('#reply_textbox').fill('a reply');
    await ivan.locator('#reply_textbox').press('Enter');
    await expectPage(ivan.locator('#rhsContainer').getByText('a reply')).toBeVisible();
    await expectPage(heidi.getByText('a reply')).toBeVisible();

    await seen.hover();
    await seen.getByRole('button', { name: 'add reaction' }).click();
    await seen.getByRole('menuitem', { name: 'tada' }).click();
    const original = heidi.getByTestId('postView').filter({ hasText: text });
    await expectPage(original.locator('.Reaction__count')).toHaveText('1');

    await heidi.locator('#post_textbox').press('ArrowUp');
    await heidi.locator('#edit_textbox').fill(`${text} changed`);
    await heidi.locator('#edit_textbox').press('Enter');
    await expectPage(seen.locator('.post-message__text')).toHaveText(`${text} changed`);
    await expectPage(seen.getByText('Edited')).toBeVisible();

    await heidi
      .locator('#fileUploadInput')
      .setInputFiles({ name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('bytes') });
    await expectPage(heidi.locator('.file-preview__container .post-image__details')).toBeVisible();
    await heidi.getByTestId('SendMessageButton').first().click();
    const file = ivan.getByTestId('postView').filter({ hasText: 'note.txt' });
    const [download] = await Promise.all([
      ivan.waitForEvent('download'),
      file.getByLabel('download note.txt').click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('bytes');

    await ivan.locator('#searchFormContainer').click();
    await ivan.locator('#searchBox input').fill('"Drill sample 01"');
    await ivan.locator('#searchBox input').press('Enter');
    await expectPage(ivan.getByTestId('search-item-container')).toHaveCount(1);
  }, 60_000);

  it('shows an old message by its permalink, with its reactions', async () => {
    const page = await openChannel('heidi', '/ops/pl/iw6w7i3cujf1febz4n7uq1spfr');
    await expectPage(page.locator('#postMessageText_iw6w7i3cujf1febz4n7uq1spfr')).toContainText(
      'Drill sample 01',
    );
    await expectPage(page.locator('#post_iw6w7i3cujf1febz4n7uq1spfr .Reaction__count')).toHaveText([
      '1',
      '1',
      '1',
    ]);
  }, 30_000);

  it('opens a direct message by name and signs out', async () => {
    const page = await openChannel('heidi', '/ops/messages/@ivan');
    await expectPage(page.locator('#channelHeaderTitle')).toHaveText('ivan');
    await page.locator('#userAccountMenuButton').click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await expectPage(page.locator('#input_loginId')).toBeVisible();
  }, 30_000);

  it('connects again after the server was away, and shows what was missed', async () => {
    const page = await openChannel('heidi');
    await expectPage(page.locator('html')).toHaveAttribute('data-socket', 'open');
    await site.stop();
    await expectPage(page.locator('html')).toHaveAttribute('data-socket', 'closed');
    await site.start();
    await expectPage(page.locator('html')).toHaveAttribute('data-socket', 'open', { timeout: 15_000 });
  }, 40_000);

  it('makes no request to another host', async () => {
    const page = await openPage();
    const hosts = new Set<string>();
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    await signIn(page, 'heidi');
    await expectPage(page.getByTestId('channel_view')).toBeVisible();
    await expectPage(page.getByTestId('postView').first()).toBeVisible();
    expect([...hosts]).toEqual([new URL(site.url).host]);
  }, 30_000);
});
