/** One thing that has to hold in the whole project. */
export interface ProjectCheck {
  readonly name: string;
  /** Resolves to what is wrong, one problem per entry: where, what, and what to do. None means it holds. */
  find(root: string): Promise<readonly string[]>;
}

/** Finds problems; what the finder throws is a problem too, not a pass. */
export async function runCheck({ find }: ProjectCheck, root: string): Promise<readonly string[]> {
  try {
    return await find(root);
  } catch (error) {
    return [
      `the check itself failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    ];
  }
}
