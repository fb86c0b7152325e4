/** What a JSON document is to become: `null` takes a field out. JSON Merge Patch, RFC 7386. */
export type MergePatch = Readonly<Record<string, unknown>>;

/** The document after the patch; the one that was given stays as it is. */
export function mergePatch(document: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(document) ? { ...document } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field];
    else merged[field] = mergePatch(merged[field], value);
  }
  return merged;
}

/** The patch that makes of the patched document what it was before. */
export function inversePatch(document: unknown, patch: MergePatch): MergePatch {
  const before = isObject(document) ? document : {};
  return Object.fromEntries(
    Object.entries(patch).map(([field, value]) => {
      const was = before[field];
      return [field, isObject(value) && isObject(was) ? inversePatch(was, value) : (was ?? null)];
    }),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
