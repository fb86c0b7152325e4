import type { JournalEvent } from '../../../src/model/journal.ts';

export const stepStarted = (step: string) => (event: JournalEvent) =>
  event.type === 'step.started' && event.step === step;

export const processStarted = (role: string) => (event: JournalEvent) =>
  event.type === 'process.started' && event.role === role;

export const progress = (text: string) => (event: JournalEvent) =>
  event.type === 'step.progress' && event.message.includes(text);
