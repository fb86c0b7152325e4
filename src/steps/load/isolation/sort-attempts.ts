import type { Snapshot } from '../../../support/scratch-network/warden.ts';

/** What became of an attempt to reach somewhere. */
export type Fate = 'own' | 'declared' | 'name' | 'silenced' | 'stopped';

export interface SortedAttempt {
  /** "the application", or the user id. */
  readonly who: string;
  /** By the name that was asked for, where there was one. */
  readonly to: string;
  readonly port: number;
  readonly protocol: string;
  readonly count: number;
  readonly fate: Fate;
}

export interface Scene {
  readonly applicationUid: number;
  /** Ports of the scratch's own servers on its loopback: database and application. */
  readonly ownPorts: readonly number[];
}

/** Mail goes here after quarantine, and nobody listens there. */
const SILENCED_PORT = 9;

/** Tells attempts to leave from what programs of the scratch say to each other and to whom they may. */
export function sortAttempts(
  { attempts, others, names, openings }: Pick<Snapshot, 'attempts' | 'others' | 'names' | 'openings'>,
  { applicationUid, ownPorts }: Scene,
): readonly SortedAttempt[] {
  const whoIs = (uid: number) => (uid === applicationUid ? 'the application' : `user ${uid}`);
  const connections = attempts.map(({ uid, address, protocol, port, count }): SortedAttempt => {
    const opening = openings.find(
      (one) => one.address === address && one.port === port && protocol === 'tcp',
    );
    const fate = opening ? 'declared' : fateOf(address, port, ownPorts);
    return { who: whoIs(uid), to: opening?.host ?? names[address] ?? address, port, protocol, count, fate };
  });
  return [
    ...connections,
    ...others.map(({ uid, protocol, count }): SortedAttempt => ({
      who: whoIs(uid),
      to: 'anywhere',
      port: 0,
      protocol: `IP protocol ${protocol}`,
      count,
      fate: 'stopped',
    })),
  ];
}

/** Of what was not declared. */
function fateOf(address: string, port: number, ownPorts: readonly number[]): Fate {
  if (port === 53) return 'name';
  if (!address.startsWith('127.') && address !== '::1') return 'stopped';
  if (ownPorts.includes(port)) return 'own';
  return port === SILENCED_PORT ? 'silenced' : 'stopped';
}

/** "notices.mattermost.com:443 (3 times, by the application)" */
export function describeAttempt({ who, to, port, count, protocol }: SortedAttempt): string {
  const times = count === 1 ? 'once' : `${count} times`;
  return `${to}${port === 0 ? '' : `:${port}`}${protocol === 'tcp' ? '' : ` ${protocol}`} (${times}, by ${who})`;
}
