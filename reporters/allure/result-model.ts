import { createHash } from 'node:crypto';
import type { ClaimVerdict } from '../../src/model/claim.ts';
import type { Verdict } from '../../src/model/verdict.ts';

/** Allure's five answers. */
export type AllureStatus = 'passed' | 'failed' | 'broken' | 'skipped' | 'unknown';

export interface AllureLabel {
  readonly name: string;
  readonly value: string;
}

export interface AllureAttachment {
  readonly name: string;
  readonly type: string;
  /** A file in the results folder. */
  readonly source: string;
}

export interface AllureStep {
  readonly name: string;
  readonly status: AllureStatus;
  readonly stage: 'finished';
  readonly start: number;
  readonly stop: number;
  readonly statusDetails?: StatusDetails;
  readonly steps: readonly AllureStep[];
  readonly attachments: readonly AllureAttachment[];
  readonly parameters: readonly never[];
}

export interface StatusDetails {
  readonly message?: string;
  readonly trace?: string;
  readonly actual?: string;
  readonly expected?: string;
}

/** One `*-result.json`, in the format that Allure's adapters write: https://allurereport.org/docs/how-it-works-test-result-file/ */
export interface AllureResult extends Omit<AllureStep, 'statusDetails'> {
  readonly uuid: string;
  /** The same in every run of a drill: trends hang on it. */
  readonly historyId: string;
  readonly testCaseId: string;
  readonly fullName: string;
  readonly descriptionHtml: string;
  readonly statusDetails: StatusDetails;
  readonly labels: readonly AllureLabel[];
}

/**
 * What a verdict is called in Allure. What could not be verified is `unknown`: never green, never blamed on the site.
 * What somebody has signed for is `skipped`.
 */
export function statusOf(verdict: Verdict | ClaimVerdict): AllureStatus {
  switch (verdict) {
    case 'passed':
    case 'proven':
      return 'passed';
    case 'waived':
      return 'skipped';
    case 'missed':
      return 'failed';
    case 'unverified':
      return 'unknown';
    case 'broken':
    case 'interrupted':
      return 'broken';
  }
}

/** Files that Muster writes into the results folder, and may write again, start with this. */
export const OWN_PREFIX = 'muster-';

/** Identity of a check across runs, and its uuid within one. */
export function identify(drill: string, run: string, id: string) {
  const stable = digest(drill, id);
  return { uuid: `${OWN_PREFIX}${digest(run, id)}`, historyId: stable, testCaseId: stable };
}

function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
