/** One restore, from the start of the download to the first ping that says that the site is healthy. */
export interface Measured {
  readonly seconds: number;
  /** Seconds of each part, in order. */
  readonly parts: Readonly<Record<string, number>>;
  /** Of everything that took part, with making and ending the servers, except the object store. */
  readonly processorSeconds: number;
}
