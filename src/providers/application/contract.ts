import type { LaunchOptions } from '../../model/drill.ts';

export interface Migration {
  readonly version: number;
  readonly name: string;
}

export interface PrepareOptions {
  /** A folder of the application's own, in the scratch; made if need be. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
}

/** A server that is ready to be started, and what can be known of it before. */
export interface PreparedApplication {
  /** The schema migrations that it brings; undefined when it does not tell before it is started. */
  readonly migrations: readonly Migration[] | undefined;
  /**
   * How it is started. It reads its settings, secrets among them, from this environment alone: an argument can be read
   * by everybody on the machine.
   */
  launch(environment: Readonly<Record<string, string>>): Omit<LaunchOptions, 'role'>;
  /** The user that it runs as. */
  readonly uid: number;
  /** Lets the server write where it must: called with folders that it is given, before it is started. */
  own(folders: readonly string[]): Promise<void>;
}

/** What starts on the restored data. */
export interface ApplicationProvider {
  /** What reports call it. A run on the stand-in is a rehearsal. */
  readonly application: 'stand-in' | 'official';
  /** Rejects with CONFIG_INVALID when there is no such server, and BACKUP_UNREADABLE when it is not what it should be. */
  prepare(options: PrepareOptions): Promise<PreparedApplication>;
}
