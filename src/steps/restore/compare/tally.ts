const EXAMPLES = 5;

/** A count, and the first few of what was counted: memory does not grow with what is wrong. */
export class Tally {
  total = 0;
  readonly examples: string[] = [];

  add(example: string): void {
    this.total += 1;
    if (this.examples.length < EXAMPLES) this.examples.push(example);
  }
}
