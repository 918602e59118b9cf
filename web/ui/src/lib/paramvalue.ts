import type { Parameter } from './paramtree';

/** What a value is wrong with; the device's server has the last word. */
export type ValueMistake = { kind: 'number' | 'range' | 'length' | 'dateTime' | 'base64' | 'hex'; low?: string; high?: string };

const bounds: Record<string, [bigint, bigint]> = {
  int: [-(2n ** 31n), 2n ** 31n - 1n],
  unsignedInt: [0n, 2n ** 32n - 1n],
  long: [-(2n ** 63n), 2n ** 63n - 1n],
  unsignedLong: [0n, 2n ** 64n - 1n],
};

/** typeName returns a type without its prefix: "unsignedInt" of xsd:unsignedInt. */
export function typeName(type: string | undefined): string {
  return (type ?? 'string').replace(/^.*:/, '');
}

/** choices returns what a value may be, if the data model lists it. */
export function choices(param: Parameter): string[] {
  if (typeName(param.type) === 'boolean') return /^[01]$/.test(param.value ?? '') ? ['1', '0'] : ['true', 'false'];
  const hint = param.hint ?? '';
  const found = /(?:^|; )one of (.+)$/.exec(hint);
  return found?.[1] && !hint.startsWith('comma-separated') ? found[1].split(', ') : [];
}

/** check looks through a value before it is sent (TR-106 §3.2 has the types); hints of the data model narrow it. */
export function check(param: Parameter, value: string): ValueMistake | null {
  const type = typeName(param.type);
  const hint = param.hint ?? '';
  const base = bounds[type];
  if (base) {
    if (!/^[+-]?\d{1,20}$/.test(value.trim())) return { kind: 'number' };
    const [low, high] = narrowed(base, hint);
    const number = BigInt(value.trim().replace('+', ''));
    return number < low || number > high ? { kind: 'range', low: String(low), high: String(high) } : null;
  }
  if (type === 'dateTime' && Number.isNaN(Date.parse(value))) return { kind: 'dateTime' };
  if (type === 'base64' && !/^[A-Za-z0-9+/\s]*={0,2}$/.test(value)) return { kind: 'base64' };
  if (type === 'hexBinary' && !/^([0-9A-Fa-f]{2})*$/.test(value)) return { kind: 'hex' };
  const most = /at most (\d+) characters/.exec(hint)?.[1];
  return most && [...value].length > Number(most) ? { kind: 'length', high: most } : null;
}

function narrowed([low, high]: [bigint, bigint], hint: string): [bigint, bigint] {
  const both = /(?:^|; )(-?\d+) to (-?\d+)(?:;|$)/.exec(hint);
  const least = /at least (-?\d+)(?:;|$)/.exec(hint)?.[1] ?? both?.[1];
  const most = /at most (-?\d+)(?:;|$)/.exec(hint)?.[1] ?? both?.[2];
  return [least === undefined ? low : BigInt(least), most === undefined ? high : BigInt(most)];
}
