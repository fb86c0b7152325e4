/** Objects that a drill makes in the scratch namespace, beside what Velero restores there. */
export const OWN = {
  database: 'muster-database',
  files: 'muster-files',
  licence: 'muster-licence',
  tls: 'muster-tls',
  environment: 'muster-environment',
  authorities: 'muster-authorities',
  denyPolicy: 'muster-deny',
  allowPolicy: 'muster-allow',
  probe: 'muster-probe',
  youngProbe: 'muster-young-probe',
} as const;
