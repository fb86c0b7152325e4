/**
 * Loaded before a drill: from its tenth look at the time on, the wall clock of this process is an hour ahead. The
 * journal looks at it for each event, so that this comes to pass while the drill is under way.
 */
const HOUR = 3_600_000;
const RealDate = Date;
let looks = 0;

const now = (): number => RealDate.now() + (looks > 10 ? HOUR : 0);

globalThis.Date = new Proxy(RealDate, {
  construct: (Target, parameters: unknown[]) =>
    parameters.length === 0 ? new Target((looks++, now())) : (Reflect.construct(Target, parameters) as Date),
  get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
});
