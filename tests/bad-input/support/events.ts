import type { JournalEvent } from '../../../src/model/journal.ts';

export const stepStarted = (step: string) => (event: JournalEvent) =>
  event.type === 'step.started' && event.step === step;

export const processStarted = (role: string) => (event: JournalEvent) =>
  event.type === 'process.started' && event.role === role;

/** A check whose id begins so. */
export const checkMade = (beginning: string) => (event: JournalEvent) =>
  event.type === 'check' && event.check.id.startsWith(beginning);

export const progress = (text: string) => (event: JournalEvent) =>
  event.type === 'step.progress' && event.message.includes(text);

export const undoStarted = (step: string) => (event: JournalEvent) =>
  event.type === 'undo.started' && event.step === step;
