/** Sections of Mattermost's configuration that sign people in at some provider: `MM_<SECTION>SETTINGS_ENABLE`. */
const SERVICES = ['GITLAB', 'GOOGLE', 'OFFICE365', 'OPENID', 'SAML', 'LDAP'] as const;

/**
 * Switches one service on and all others off. What came with the backup points at the primary provider, and a
 * restored site that still offers it would send people there. Directory syncs go too: one against a directory that
 * knows fewer people deactivates the others.
 */
export function onlyThisService(service: (typeof SERVICES)[number]): Record<string, string> {
  return {
    ...Object.fromEntries(SERVICES.map((each) => [`MM_${each}SETTINGS_ENABLE`, String(each === service)])),
    MM_LDAPSETTINGS_ENABLESYNC: 'false',
    MM_SAMLSETTINGS_ENABLESYNCWITHLDAP: 'false',
  };
}
