/** Row is one value that differs; undefined = it is not there. */
export interface Row {
  path: string;
  before: string | undefined;
  after: string | undefined;
}

/** difference lists the values that differ between two documents, by their paths. */
export function difference(before: unknown, after: unknown): Row[] {
  const was = flat(before);
  const is = flat(after);
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((path) => ({ path, before: was.get(path), after: is.get(path) }))
    .filter((row) => row.before !== row.after);
}

/** flat lists the values within a document. Lists of plain values are one value. */
function flat(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  if (value === null || value === undefined) {
    if (path && value === null) into.set(path, 'null');
  } else if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    into.set(path, value.join(', '));
  } else if (typeof value === 'object') {
    for (const [name, item] of Object.entries(value)) flat(item, path ? `${path}.${name}` : name, into);
  } else {
    into.set(path, String(value));
  }
  return into;
}
