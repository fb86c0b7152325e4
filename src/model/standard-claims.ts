import type { Claim } from './claim.ts';

export const backupsAreFresh: Claim = {
  id: 'backups-are-fresh',
  sentence: 'The newest backup of each kind is younger than the RPO allows.',
  provenBy: ['backup.database.age', 'backup.files.age'],
  alsoBy: ['backup.configuration.age', 'backup.velero.age', 'backup.velero.not-expired'],
};

export const backupsAreWhole: Claim = {
  id: 'backups-are-whole',
  sentence: 'Every backup can be read to its last byte, and is one of Mattermost.',
  provenBy: [
    'backup.database.recognised',
    'backup.database.readable',
    'backup.database.is-mattermost',
    'backup.database.tool-version',
    'backup.files.readable',
  ],
  alsoBy: [
    'backup.database.hash',
    'backup.velero.completed',
    'backup.velero.tarball',
    'backup.velero.mattermost',
    'backup.velero.volumes',
  ],
};

export const backupsAreKeptSafe: Claim = {
  id: 'backups-are-kept-safe',
  sentence: 'Backups are encrypted, versioned, and there is a second copy of the database.',
  provenBy: ['backup.store.encrypted', 'backup.store.versioned', 'backup.copy.*'],
};

export const baselineWasTaken: Claim = {
  id: 'baseline-was-taken',
  sentence: 'What the backup has to hold was written down on the primary, and signed.',
  provenBy: ['baseline.found', 'baseline.genuine'],
};

/** Every comparison by name: a baseline that is only there proves nothing of the copy. */
export const copyEqualsPrimary: Claim = {
  id: 'copy-equals-primary',
  sentence: 'What came back is what the primary held at the moment of the backup, to the last row and byte.',
  provenBy: [
    'baseline.found',
    'baseline.genuine',
    ...['site', 'rows', 'contents', 'newest-rows', 'posts-per-day', 'sequences'].map(toBaseline),
    ...['schema-version', 'encoding', 'settings', 'users', 'memberships'].map(toBaseline),
    ...['files-present', 'files-content', 'files-named'].map(toBaseline),
  ],
  alsoBy: ['baseline.velero', 'restore.velero', 'restore.objects'],
};

function toBaseline(name: string): string {
  return `baseline.${name}`;
}

export const everybodyIsKnown: Claim = {
  id: 'everybody-is-known',
  sentence: 'The secondary identity provider is up, and knows everybody as the person they were.',
  provenBy: [
    'identity.reachable',
    'identity.certificate',
    'identity.clock',
    'identity.users',
    'identity.owners',
    'identity.emails',
    'identity.attributes',
    'identity.deactivated',
  ],
  alsoBy: ['identity.*'],
};

export const everybodyIsWhoTheyWere: Claim = {
  id: 'everybody-is-who-they-were',
  sentence: 'Everybody has the account, the roles and the memberships they had, and nobody was added.',
  provenBy: [
    'identity.restored.users',
    'identity.restored.owners',
    'identity.restored.members',
    'identity.restored.second-factor',
    'identity.user-count',
    'identity.accounts-unchanged',
    'identity.sessions',
    'login.same-account.*',
  ],
  alsoBy: ['identity.restored.*'],
};

export const peopleSignIn: Claim = {
  id: 'people-sign-in',
  sentence: 'People sign in through the secondary identity provider and find the account they had.',
  provenBy: ['login.first-message', 'login.secondary-idp.*', 'login.same-account.*'],
  alsoBy: ['login.*'],
};

export const nobodyElseGetsIn: Claim = {
  id: 'nobody-else-gets-in',
  sentence: 'Strangers and deactivated people are treated as they were; break-glass accounts work.',
  provenBy: ['login.stranger.*', 'login.deactivated.*', 'login.break-glass.*'],
};

export const primaryIdpIsNotNeeded: Claim = {
  id: 'primary-idp-is-not-needed',
  sentence: 'Nothing on the restored site needs the primary identity provider.',
  provenBy: [
    'login.primary-idp-never-contacted',
    'messages.primary-idp-never-contacted',
    'search.primary-idp-never-contacted',
    'identity.sign-in-page',
    'identity.primary-dead',
  ],
};

export const databaseIsComplete: Claim = {
  id: 'database-is-complete',
  sentence: 'Every row of the backup is in the restored database, and all that it refers to is there.',
  provenBy: [
    'restore.rows-match-dump',
    'audit.tables-present',
    'audit.schema-version',
    'complete.indexes-valid',
  ],
  alsoBy: ['audit.*', 'baseline.*', 'complete.*'],
};

/** Not `baseline.files.*`: their ids have no dot there. */
const FILES_OF_BASELINE = ['files-present', 'files-content', 'files-named'].map(toBaseline);

export const filesAreThere: Claim = {
  id: 'files-are-there',
  sentence: 'Every file that a message names is there, with its content.',
  provenBy: ['restore.files-match-backup', 'audit.files-present', 'audit.files-size', 'audit.files-content'],
  alsoBy: ['audit.files-have-path', 'audit.posts-have-files', ...FILES_OF_BASELINE],
};

export const lossIsWithinRpo: Claim = {
  id: 'loss-is-within-rpo',
  sentence: 'No more messages and files are lost than the RPO allows.',
  provenBy: ['rpo.messages', 'rpo.files'],
  alsoBy: ['rpo.*'],
};

export const messagesAreReadable: Claim = {
  id: 'messages-are-readable',
  sentence: 'Messages up to the backup are readable in a browser: threads, edits, files, direct messages.',
  provenBy: [
    'messages.newest-canary',
    'messages.samples',
    'messages.thread',
    'messages.edited',
    'messages.file',
    'messages.direct',
  ],
};

export const peopleCanWork: Claim = {
  id: 'people-can-work',
  sentence: 'People write, reply, react, edit and upload, and others see it live.',
  provenBy: [
    'application.healthy',
    'messages.live-post',
    'messages.live-reply',
    'messages.live-reaction',
    'messages.live-edit',
    'messages.live-file',
    'messages.live-second-user',
  ],
};

export const searchFinds: Claim = {
  id: 'search-finds',
  sentence: 'Search finds what was written before the outage, and what is written now.',
  provenBy: ['search.historic', 'search.live'],
};

export const serviceIsBackInTime: Claim = {
  id: 'service-is-back-in-time',
  sentence: 'A user has signed in, sent a message and received it within the RTO.',
  provenBy: ['objective.rto'],
};

export const nameFollows: Claim = {
  id: 'name-follows',
  sentence: 'The name leads everybody to the restored site, with a certificate that is valid there.',
  provenBy: [
    'failover.resolvers',
    'failover.ttl-respected',
    'failover.old-page',
    'certificate.name',
    'certificate.expiry',
  ],
  alsoBy: [
    'dns.*',
    'login.site-reached',
    'messages.site-reached',
    'search.site-reached',
    'load.site-reached',
  ],
};

export const nothingReachesProduction: Claim = {
  id: 'nothing-reaches-production',
  sentence: 'The restored copy is not production, points at nothing of it, and acts on nobody outside.',
  provenBy: [
    'scratch.not-production',
    'quarantine.credentials',
    'quarantine.integrations',
    'quarantine.schedules',
    'quarantine.configuration',
    'quarantine.no-production-address',
    'application.dsn-is-scratch',
    'scratch.sealed',
    'isolation.*',
    'air-gap.*',
  ],
};

export const loadIsCarried: Claim = {
  id: 'load-is-carried',
  sentence: 'The restored site carries the load that its hardware is meant for.',
  provenBy: [
    'load.requests-made',
    'load.rate-reached',
    'load.websocket-events',
    'load.generator-kept-up',
    'load.hardware',
  ],
  alsoBy: ['load.*'],
};
