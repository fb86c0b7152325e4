import type { StepContext } from '../../model/drill.ts';
import type { ObjectReader, Protected } from '../../providers/object-store/index.ts';

/** Checks what the store promises about what it keeps. Kinds of stores without such a thing are left out. */
export async function checkProtection(
  ctx: Pick<StepContext, 'check' | 'signal'>,
  store: ObjectReader,
): Promise<void> {
  const { versioning, encryption } = await store.protection({ signal: ctx.signal });
  judge(
    'versioned',
    'keeps old versions, so that an overwritten backup can be had back',
    versioning,
    'Turn on versioning.',
  );
  judge('encrypted', 'encrypts what it keeps', encryption, 'Set default encryption.');

  function judge(name: string, claim: string, state: Protected, hint: string): void {
    if (state === 'not-applicable') return;
    ctx.check({
      id: `backup.store.${name}`,
      claim: `The backup store ${claim}`,
      verdict: state === 'on' ? 'passed' : state === 'off' ? 'missed' : 'unverified',
      expected: 'on',
      seen:
        state === 'unknown'
          ? `${store.location} does not tell these credentials`
          : `${state} at ${store.location}`,
      ...(state === 'off' && { code: `BACKUP_NOT_${name.toUpperCase()}`, hint }),
      ...(state === 'unknown' && {
        hint: 'Allow s3:GetBucketVersioning and s3:GetEncryptionConfiguration to these credentials.',
      }),
    });
  }
}
