import type { Component } from 'svelte';

/** What a page is given: the parts of its path that are named, decoded. */
export type Params = Readonly<Record<string, string>>;

export interface Route {
  /** Path; a part ":name" takes any text. */
  readonly path: string;
  /** The page, loaded when it is first shown. */
  readonly page: () => Promise<{ default: Component<{ params: Params }> }>;
  /** The permission without which the page is not offered; none = any signed-in person. */
  readonly needs?: string;
  /** bare = without the navigation of the console, e.g. what is printed. */
  readonly frame?: 'console' | 'field' | 'bare';
}

/** match returns the parameters of a path for a route, or null. */
export function match(route: string, path: string): Params | null {
  const want = route.split('/');
  const have = path.replace(/\/+$/, '').split('/');
  if (path === '/') have.push('');
  if (route === '/' ? path !== '/' : want.length !== have.length) return null;
  const params: Record<string, string> = {};
  for (const [i, part] of want.entries()) {
    const given = have[i] ?? '';
    if (part.startsWith(':') && given) params[part.slice(1)] = decodeURIComponent(given);
    else if (part !== given) return null;
  }
  return params;
}

/** Router holds where the console is. Lists keep their filters in the query, so that every view has an address. */
class Router {
  path = $state(location.pathname);
  query = $state(new URLSearchParams(location.search));

  constructor() {
    window.addEventListener('popstate', () => this.#read());
    window.addEventListener('click', (event) => this.#follow(event));
  }

  /** go shows an address of the console. replace leaves no entry behind to go back to. */
  go(address: string, options: { replace?: boolean } = {}): void {
    if (options.replace) history.replaceState(null, '', address);
    else history.pushState(null, '', address);
    this.#read();
    if (!options.replace) scrollTo(0, 0);
  }

  /** get returns a value of the query, "" when it is not there. */
  get(name: string): string {
    return this.query.get(name) ?? '';
  }

  /** set changes values of the query in place; "" takes one out. */
  set(values: Record<string, string>, options: { push?: boolean } = {}): void {
    const query = new URLSearchParams(this.query);
    for (const [name, value] of Object.entries(values)) {
      if (value) query.set(name, value);
      else query.delete(name);
    }
    const text = query.toString();
    this.go(this.path + (text ? `?${text}` : ''), { replace: !options.push });
  }

  #read(): void {
    this.path = location.pathname;
    this.query = new URLSearchParams(location.search);
  }

  /** follow takes clicks on links within the console. */
  #follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest('a');
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin || link.hasAttribute('data-native')) return;
    if (link.pathname.startsWith('/api/') || link.pathname === '/openapi.json') return;
    event.preventDefault();
    this.go(link.pathname + link.search + link.hash);
  }
}

export const router = new Router();

/** pathOf makes an address of parts, each encoded: pathOf('devices', id). */
export function pathOf(...parts: string[]): string {
  return '/' + parts.map(encodeURIComponent).join('/');
}
