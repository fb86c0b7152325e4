export const ISOLATION_IDS = {
  counted: 'isolation.counter-counts',
  left: 'isolation.nothing-left',
  quiet: 'isolation.site-is-quiet',
  sockets: 'isolation.unix-sockets',
  pointers: 'isolation.no-production-pointer',
} as const;

export const ISOLATION_CLAIMS: Readonly<Record<(typeof ISOLATION_IDS)[keyof typeof ISOLATION_IDS], string>> =
  {
    'isolation.counter-counts': 'An attempt to leave the scratch is seen: shown by attempts of our own',
    'isolation.nothing-left': 'Nothing that the restored copy tried to reach outside was reached',
    'isolation.site-is-quiet':
      'The restored site reaches for nothing of production, and calls no integration',
    'isolation.unix-sockets': 'The restored site is connected to no Unix socket outside the scratch',
    'isolation.no-production-pointer': 'Nothing that the running site goes by points at production',
  };
