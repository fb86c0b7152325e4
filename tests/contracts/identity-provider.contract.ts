import { expect, it } from 'vitest';
import { requireReachable } from '../../src/providers/identity/examine.ts';
import type { IdentityProvider, ReachOptions } from '../../src/providers/identity/contract.ts';

export interface IdentityProviderUnderTest {
  open(options?: { readonly clientId?: string }): Promise<IdentityProvider>;
  /** For the site that the client is registered for. */
  reach(): ReachOptions;
}

/** What every identity provider must do. */
export function itIsAnIdentityProvider({ open, reach }: IdentityProviderUnderTest): void {
  it('is reachable, and tells its certificate’s end and its clock', async () => {
    const provider = await open();
    const health = await provider.examine(reach());
    expect(health.problems).toEqual({});
    expect(health.asked.length).toBeGreaterThan(0);
    expect(health.certificateValidUntil?.getTime()).toBeGreaterThan(Date.now());
    expect(Math.abs(health.clockSkew ?? Infinity)).toBeLessThan(30_000);
  });

  it('is IDENTITY_UNREACHABLE when its authority is not trusted', async () => {
    const provider = await open();
    await expect(verifyReachable(provider, { ...reach(), ca: undefined })).rejects.toMatchObject({
      code: 'IDENTITY_UNREACHABLE',
      message: expect.stringContaining('authority that we do not know'),
    });
  });

  it('is IDENTITY_UNREACHABLE when its name does not exist', async () => {
    const provider = await open();
    const lookup = async (): Promise<string> => {
      throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    };
    await expect(verifyReachable(provider, { ...reach(), lookup })).rejects.toMatchObject({
      code: 'IDENTITY_UNREACHABLE',
      message: expect.stringContaining('name does not exist'),
    });
  });

  it('is IDENTITY_UNREACHABLE when nobody listens', async () => {
    const provider = await open();
    await expect(
      verifyReachable(provider, { ...reach(), lookup: async () => '127.0.0.77' }),
    ).rejects.toMatchObject({
      code: 'IDENTITY_UNREACHABLE',
      message: expect.stringContaining('connection refused'),
    });
  });

  it('is IDENTITY_UNREACHABLE when it does not know our client', async () => {
    const provider = await open({ clientId: 'stranger' });
    await expect(verifyReachable(provider, reach())).rejects.toMatchObject({
      code: 'IDENTITY_UNREACHABLE',
      message: expect.stringContaining('client "stranger"'),
    });
  });

  it('is IDENTITY_UNREACHABLE when it would not send people back to our site', async () => {
    const provider = await open();
    await expect(
      verifyReachable(provider, { ...reach(), siteUrl: 'https://elsewhere.test' }),
    ).rejects.toMatchObject({
      code: 'IDENTITY_UNREACHABLE',
      hint: expect.stringContaining('https://elsewhere.test/signup/'),
    });
  });

  it('stops when its signal aborts', async () => {
    const provider = await open();
    await expect(verifyReachable(provider, { ...reach(), signal: AbortSignal.abort() })).rejects.toThrow(
      'abort',
    );
  });

  it('describes itself without secrets', async () => {
    const provider = await open();
    const { service, startPath, callbackPath, hosts } = provider.describe();
    expect(startPath).toBe(`/oauth/${service}/login`);
    expect(callbackPath).toBe(`/signup/${service}/complete`);
    expect(hosts.length).toBeGreaterThan(0);
  });

  it('makes Mattermost use it and nobody else', async () => {
    const provider = await open();
    const environment = provider.mattermostEnvironment('the secret');
    const section = `MM_${provider.describe().service.toUpperCase()}SETTINGS`;
    const enabled = Object.entries(environment).filter(
      ([name, value]) => name.endsWith('SETTINGS_ENABLE') && value === 'true',
    );
    expect(enabled).toEqual([[`${section}_ENABLE`, 'true']]);
    expect(environment[`${section}_ID`]).toBe(provider.describe().clientId);
    expect(environment[`${section}_SECRET`]).toBe('the secret');
  });
}

async function verifyReachable(provider: IdentityProvider, options: ReachOptions): Promise<void> {
  requireReachable(await provider.examine(options));
}
