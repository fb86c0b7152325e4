import { readFileSync } from 'node:fs';

/** The RTO clock: monotonic within one boot of the machine, so that a clock that is set cannot shorten an outage. */
export interface RunClock {
  readonly declaredAt: Date;
  readonly bootId: string;
  /** `process.hrtime.bigint()` at the declaration, of that boot. */
  readonly declaredTick: bigint;
  /** Milliseconds between the declaration and a tick of this process's boot. Default: now. */
  sinceDeclared(tick?: bigint): number;
}

export function startClock(): RunClock {
  return continueClock({
    declaredAt: new Date(),
    bootId: readBootId(),
    declaredTick: process.hrtime.bigint(),
  });
}

/** Goes on with a clock that another process started. After a reboot only the wall clock is left to go by. */
export function continueClock({
  declaredAt,
  bootId,
  declaredTick,
}: Omit<RunClock, 'sinceDeclared'>): RunClock {
  const sameBoot = bootId === readBootId();
  const nowTick = process.hrtime.bigint();
  const offset = sameBoot ? Number(nowTick - declaredTick) / 1e6 : Date.now() - declaredAt.getTime();
  return {
    declaredAt,
    bootId,
    declaredTick,
    sinceDeclared: (tick = process.hrtime.bigint()) => offset + Number(tick - nowTick) / 1e6,
  };
}

export function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
