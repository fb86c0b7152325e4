import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import type { Config } from '../model/config.ts';
import type { Objectives, Phase } from '../model/drill.ts';
import { DrillError } from '../model/errors.ts';
import type { Facts } from '../model/facts.ts';
import type { Machine } from '../model/journal.ts';
import { runLayout } from '../model/layout.ts';
import type { LastProof } from '../model/proof.ts';
import { readBootId } from './clock.ts';

/** run.json: what a process that never saw the run start needs to go on with it, undo it or report it. */
export interface RunRecord {
  readonly run: string;
  readonly drill: string;
  readonly only: Phase | null;
  /** Secrets are references in it, never values. */
  readonly config: Config;
  readonly configFile: string;
  readonly objectives: Objectives;
  readonly outageAt: string;
  readonly declaredAt: string;
  /** The monotonic clock at the declaration, and the boot that it belongs to. */
  readonly declaredTick: string;
  readonly machine: Machine;
  readonly muster: string;
  readonly commit: string | null;
  /** The embedded lab of this run, when there is one. */
  readonly lab: { readonly directory: string } | null;
  /** The name, typed by the operator, that may be switched although it serves production. */
  readonly confirmed: string | null;
  readonly proof: LastProof | null;
}

export function writeRunRecord(runDir: string, record: RunRecord): void {
  writeWhole(runLayout(runDir).run, record);
}

/** Rejects a folder that is no run with RUN_NOT_FOUND. */
export function readRunRecord(runDir: string): RunRecord {
  try {
    return JSON.parse(readFileSync(runLayout(runDir).run, 'utf8')) as RunRecord;
  } catch (cause) {
    throw new DrillError('RUN_NOT_FOUND', `${runDir} is not the folder of a run`, {
      cause,
      hint: '`muster list --runs` shows the runs that are here.',
    });
  }
}

export function readFacts(runDir: string): Partial<Facts> {
  const { facts } = runLayout(runDir);
  return existsSync(facts) ? (JSON.parse(readFileSync(facts, 'utf8')) as Partial<Facts>) : {};
}

export function writeFacts(runDir: string, facts: Partial<Facts>): void {
  writeWhole(runLayout(runDir).facts, facts);
}

/** All of it or nothing: a crash must not leave half a file to the process that cleans up. */
function writeWhole(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}

export function describeMachine(): Machine {
  return {
    vcpus: os.availableParallelism(),
    memoryGiB: Number((os.totalmem() / 2 ** 30).toFixed(1)),
    os: `${os.type()} ${os.release()}`,
    bootId: readBootId(),
  };
}
