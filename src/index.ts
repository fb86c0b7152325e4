/** All that a drill file may import. */
export { defineDrill } from './model/drill.ts';
export type { Claim } from './model/claim.ts';
export { days, hours, minutes, seconds } from './model/duration.ts';
export * as claims from './model/standard-claims.ts';
export * as steps from './steps/index.ts';
