/** How a test of the browser ended, as its reporter tells it over the IPC channel. */
export interface TestEnded {
  readonly type: 'test-ended';
  readonly id: string;
  readonly title: string;
  /** What a miss is called unless the error says it. */
  readonly code: string;
  readonly status: 'passed' | 'failed' | 'timedOut' | 'skipped' | 'interrupted';
  readonly durationMs: number;
  /** Undefined when the spec recorded nothing. */
  readonly expected?: string | undefined;
  readonly seen?: string | undefined;
  /** First lines, without colours. */
  readonly errors: readonly string[];
  /** Why it was skipped. */
  readonly reason?: string | undefined;
  /** Absolute paths. */
  readonly attachments: readonly string[];
  /** A `process.hrtime.bigint()` of this boot, as decimal digits: JSON has no such numbers. */
  readonly messageCameBackAt?: string | undefined;
  /** Hosts that the pages asked for. */
  readonly hosts: readonly string[];
}

export interface SuiteBegan {
  readonly type: 'suite-began';
  readonly checks: readonly string[];
}

export interface TestBegan {
  readonly type: 'test-began';
  readonly id: string;
  readonly title: string;
}

export interface SuiteEnded {
  readonly type: 'suite-ended';
  readonly status: 'passed' | 'failed' | 'timedout' | 'interrupted';
  /** Errors outside any test: a spec that does not load, a browser that does not start. */
  readonly errors: readonly string[];
}

export type ReporterMessage = SuiteBegan | TestBegan | TestEnded | SuiteEnded;
