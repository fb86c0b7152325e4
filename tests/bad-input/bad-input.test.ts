import { afterAll, beforeAll, describe } from 'vitest';
import { minutes } from '../../src/model/duration.ts';
import { backupCases } from './backups.cases.ts';
import { interruptionCases } from './interruptions.cases.ts';
import { lostGroundCases } from './lost-ground.cases.ts';
import { scratchCases } from './scratch.cases.ts';
import { settingsCases } from './settings.cases.ts';
import { openLabSite, type LabSite } from './support/lab-site.ts';

/** One file, so that all drills share one lab and no two of them run at a time. */
describe('a drill on bad input', { timeout: minutes(6) }, () => {
  let site: LabSite;
  beforeAll(async () => void (site = await openLabSite()), minutes(6));
  afterAll(async () => site?.[Symbol.asyncDispose](), minutes(2));

  describe('of its settings', () => settingsCases(() => site));
  describe('of its backups', () => backupCases(() => site));
  describe('of its scratch', () => scratchCases(() => site));
  describe('that is interrupted', () => interruptionCases(() => site));
  // Last, because the identity provider does not come back.
  describe('of the ground under it', () => lostGroundCases(() => site));
});
