import type { Schemas } from './api';

export type Parameter = Schemas['Parameter'];

/** A node of the tree of parameters; the path of an object ends in a dot (TR-106 §3.1). */
export interface ParamNode {
  readonly path: string;
  readonly name: string; // last part, without the dot
  readonly parent: ParamNode | null;
  readonly object: boolean;
  param: Parameter | undefined; // objects between may never have been listed
  children: ParamNode[];
  sorted: boolean;
}

/** A row of the tree as it is drawn. */
export interface ParamRow {
  readonly node: ParamNode;
  readonly level: number; // 1 = at the root
  readonly position: number; // among its siblings, from 1
  readonly siblings: number;
  readonly open: boolean | undefined; // undefined: nothing below it
}

// Numbers of instances in their order: 2 before 10.
const order = new Intl.Collator('en', { numeric: true });

/** instance reports whether an object is a row of a table. */
export function instance(node: ParamNode): boolean {
  return node.object && /^\d+$|^\[.*\]$/.test(node.name);
}

/** table reports whether an object holds rows, as far as it tells. */
export function table(node: ParamNode): boolean {
  return node.object && !instance(node) && (node.param?.writable === true || node.children.some(instance));
}

/** ParamTree is what is known of a device's parameters, grown as the pages of their list come in. */
export class ParamTree {
  readonly #nodes = new Map<string, ParamNode>();
  #roots: ParamNode[] = [];
  #rootsSorted = true;
  leaves = 0;

  get(path: string): ParamNode | undefined {
    return this.#nodes.get(path);
  }

  /** put adds a parameter or replaces what was known of it. */
  put(param: Parameter): void {
    const node = this.#node(param.name);
    if (!node.object && !node.param) this.leaves++;
    node.param = param;
  }

  /** replace makes everything below a prefix what a new reading says. */
  replace(prefix: string, params: Parameter[]): void {
    const kept = new Set(params.map((p) => p.name));
    for (const [path, node] of this.#nodes) {
      if (path.startsWith(prefix) && path !== prefix && node.param && !kept.has(path)) this.#drop(node);
    }
    for (const param of params) this.put(param);
  }

  /** openTo returns the objects above a path. */
  openTo(path: string): string[] {
    const above: string[] = [];
    for (let node = this.#nodes.get(path)?.parent; node; node = node.parent) above.push(node.path);
    return above;
  }

  /** rows lists what is drawn: with a filter, what fits and the objects above it; without one, what is open. */
  rows(open: ReadonlySet<string>, fits?: (node: ParamNode) => boolean): ParamRow[] {
    const shown = fits && this.#fitting(fits);
    const rows: ParamRow[] = [];
    const list = (siblings: ParamNode[], level: number): void => {
      const seen = shown ? siblings.filter((n) => shown.has(n)) : siblings;
      for (const [i, node] of seen.entries()) {
        const below = node.object && node.children.length > 0;
        const isOpen = below ? (shown ? true : open.has(node.path)) : undefined;
        rows.push({ node, level, position: i + 1, siblings: seen.length, open: isOpen });
        if (isOpen) list(this.#children(node), level + 1);
      }
    };
    if (!this.#rootsSorted) {
      this.#roots.sort((a, b) => order.compare(a.name, b.name));
      this.#rootsSorted = true;
    }
    list(this.#roots, 1);
    return rows;
  }

  #fitting(fits: (node: ParamNode) => boolean): Set<ParamNode> {
    const shown = new Set<ParamNode>();
    for (const node of this.#nodes.values()) {
      if (!fits(node)) continue;
      for (let n: ParamNode | null = node; n && !shown.has(n); n = n.parent) shown.add(n);
    }
    return shown;
  }

  #children(node: ParamNode): ParamNode[] {
    if (!node.sorted) {
      node.children.sort((a, b) => Number(b.object) - Number(a.object) || order.compare(a.name, b.name));
      node.sorted = true;
    }
    return node.children;
  }

  #node(path: string): ParamNode {
    const known = this.#nodes.get(path);
    if (known) return known;
    const object = path.endsWith('.');
    const end = object ? path.length - 1 : path.length;
    const dot = path.lastIndexOf('.', end - 1);
    const parent = dot > 0 ? this.#node(path.slice(0, dot + 1)) : null;
    const node: ParamNode = { path, name: path.slice(dot + 1, end), parent, object, param: undefined, children: [], sorted: true };
    this.#nodes.set(path, node);
    if (parent) {
      parent.children.push(node);
      parent.sorted = false;
    } else {
      this.#roots.push(node);
      this.#rootsSorted = false;
    }
    return node;
  }

  #drop(node: ParamNode): void {
    if (!this.#nodes.has(node.path)) return;
    for (const child of [...node.children]) this.#drop(child);
    this.#nodes.delete(node.path);
    if (!node.object && node.param) this.leaves--;
    if (node.parent) node.parent.children = node.parent.children.filter((n) => n !== node);
    else this.#roots = this.#roots.filter((n) => n !== node);
  }
}
