import { CHANNELS } from './questions-channels.ts';
import { MESSAGES } from './questions-messages.ts';
import { PEOPLE } from './questions-people.ts';
import { SYSTEM } from './questions-system.ts';
import { THREADS } from './questions-threads.ts';

/**
 * What is asked of every restored database as soon as its tables and keys are there. Mattermost declares hardly any
 * foreign key, so PostgreSQL itself finds none of this.
 */
export const QUESTIONS = [...SYSTEM, ...PEOPLE, ...CHANNELS, ...MESSAGES, ...THREADS];
export { STRUCTURE } from './questions-system.ts';
