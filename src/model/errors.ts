/** Who has to act on an error: it decides what a run that meets it is called. */
export type Blame = 'operator' | 'backups' | 'environment' | 'harness';

/** Every way a run can break. Exit codes are part of the contract: add, never renumber. */
export const ERRORS = {
  CONFIG_INVALID: { exit: 64, blame: 'operator' },
  USAGE_INVALID: { exit: 64, blame: 'operator' },
  SECRET_MISSING: { exit: 64, blame: 'operator' },
  NODE_TOO_OLD: { exit: 64, blame: 'operator' },
  RUN_NOT_FOUND: { exit: 64, blame: 'operator' },
  RUN_LOCKED: { exit: 64, blame: 'operator' },
  RUN_NOT_RESUMABLE: { exit: 64, blame: 'operator' },
  SCRATCH_NOT_EMPTY: { exit: 64, blame: 'operator' },
  SCRATCH_IS_PRODUCTION: { exit: 64, blame: 'operator' },
  NAME_SERVES_PRODUCTION: { exit: 64, blame: 'operator' },
  EVIDENCE_ALTERED: { exit: 1, blame: 'operator' },
  BACKUP_MISSING: { exit: 1, blame: 'backups' },
  BACKUP_STALE: { exit: 1, blame: 'backups' },
  BACKUP_UNREADABLE: { exit: 1, blame: 'backups' },
  BACKUP_EXPIRED: { exit: 1, blame: 'backups' },
  RESTORE_FAILED: { exit: 1, blame: 'backups' },
  PRODUCTION_ADDRESS_LEFT: { exit: 1, blame: 'backups' },
  COMMAND_FAILED: { exit: 80, blame: 'environment' },
  STEP_TIMED_OUT: { exit: 81, blame: 'environment' },
  STORE_UNREADABLE: { exit: 82, blame: 'environment' },
  TOOL_MISSING: { exit: 83, blame: 'environment' },
  PORT_TAKEN: { exit: 84, blame: 'environment' },
  DISK_TOO_SMALL: { exit: 85, blame: 'environment' },
  DATABASE_UNREACHABLE: { exit: 86, blame: 'environment' },
  IDENTITY_UNREACHABLE: { exit: 87, blame: 'environment' },
  DNS_UNREACHABLE: { exit: 88, blame: 'environment' },
  APPLICATION_NOT_HEALTHY: { exit: 89, blame: 'environment' },
  LAB_FAILED: { exit: 80, blame: 'environment' },
  REPORT_FAILED: { exit: 80, blame: 'environment' },
  SCRATCH_NOT_SEALED: { exit: 80, blame: 'environment' },
  CLUSTER_UNREACHABLE: { exit: 80, blame: 'environment' },
  CLUSTER_REFUSED: { exit: 80, blame: 'environment' },
  CLUSTER_NOT_READY: { exit: 80, blame: 'environment' },
  TEARDOWN_INCOMPLETE: { exit: 90, blame: 'environment' },
  HARNESS_BUG: { exit: 99, blame: 'harness' },
  INTERRUPTED: { exit: 130, blame: 'operator' },
} as const satisfies Record<string, { exit: number; blame: Blame }>;

export type ErrorCode = keyof typeof ERRORS;
export type Details = Readonly<Record<string, string | number | boolean>>;

export interface DrillErrorOptions {
  /** What the operator can do next, as a sentence. */
  readonly hint?: string | undefined;
  /** Facts for the reader. Never secrets: these are written to evidence. */
  readonly details?: Details;
  readonly cause?: unknown;
}

/** The only error the engine treats as expected. Anything else is reported as HARNESS_BUG. */
export class DrillError extends Error {
  override readonly name = 'DrillError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Details;

  constructor(code: ErrorCode, message: string, { hint, details = {}, cause }: DrillErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
    this.details = details;
  }
}

/** Anything thrown, as a DrillError: what we did not foresee is a bug of ours and says so. */
export function toDrillError(error: unknown): DrillError {
  if (error instanceof DrillError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new DrillError('HARNESS_BUG', message, {
    cause: error,
    hint: 'This is a bug in Muster, not in your backups. Please report it with the run folder attached.',
  });
}

/** The text people see: first line for the ticket, then cause, details and the next action. */
export function renderError({ message, code, cause, details, hint }: DrillError): string {
  const lines = [`${message} [${code}]`];
  if (cause instanceof Error && cause.message !== message) lines.push(`  cause: ${cause.message}`);
  for (const [name, value] of Object.entries(details)) lines.push(`  ${name}: ${value}`);
  if (hint !== undefined) lines.push(`  hint: ${hint}`);
  return lines.join('\n');
}
