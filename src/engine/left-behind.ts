import { lstatSync } from 'node:fs';
import type { Resource } from '../model/drill.ts';
import type { JournalEvent } from '../model/journal.ts';
import { isRunning, type ProcessRef } from '../support/processes.ts';
import { isNamespaceAlive } from '../support/scratch-network/namespace.ts';

export interface LaunchedRef extends ProcessRef {
  readonly role: string;
  readonly step: string;
}

/** Every process that the run has launched, in order, whether it still runs or not. */
export function launchedProcesses(events: readonly JournalEvent[]): LaunchedRef[] {
  return events.flatMap((event) =>
    event.type === 'process.started'
      ? [{ pid: event.pid, startTime: event.startTime, role: event.role, step: event.step }]
      : [],
  );
}

/** What the run made and has not said to be gone. */
function openResources(events: readonly JournalEvent[]): Resource[] {
  const open = new Map<string, Resource>();
  for (const event of events) {
    if (event.type === 'resource.created')
      open.set(`${event.resource.kind} ${event.resource.name}`, event.resource);
    if (event.type === 'resource.removed') open.delete(`${event.resource.kind} ${event.resource.name}`);
  }
  return [...open.values()];
}

/**
 * Looks, and does not believe the journal where it can look: processes that still run, folders and files that still
 * exist. Of other things it tells those that no step has seen to be gone.
 */
export function findLeftBehind(events: readonly JournalEvent[]): string[] {
  const processes = launchedProcesses(events)
    .filter(isRunning)
    .map(({ pid, role }) => `process ${pid} (${role})`);
  const created = events.flatMap((event) => (event.type === 'resource.created' ? [event.resource] : []));
  const here = created.filter((resource) => LOOKED_FOR[resource.kind]?.(resource.name));
  const elsewhere = openResources(events).filter(({ kind }) => LOOKED_FOR[kind] === undefined);
  return [...new Set([...processes, ...[...here, ...elsewhere].map(({ kind, name }) => `${kind} ${name}`)])];
}

/** Whether it is there, for the kinds that can be looked for on this machine. */
const LOOKED_FOR: Readonly<Partial<Record<Resource['kind'], (name: string) => boolean>>> = {
  folder: isThere,
  file: isThere,
  namespace: isNamespaceAlive,
};

/** A link whose target is gone is there too. */
function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
