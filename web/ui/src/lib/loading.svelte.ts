import { ApiError } from './api';

/** Loaded is one document that is read, and read again when something happened. What was shown stays until the new one is there. */
export class Loaded<T> {
  value = $state<T | undefined>();
  error = $state<ApiError | null>(null);
  busy = $state(false);
  #turn = 0;

  constructor(readonly read: () => Promise<T>) {}

  /** load reads; an answer that was overtaken by a later call is dropped. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    this.busy = true;
    try {
      const value = await this.read();
      if (turn !== this.#turn) return;
      this.value = value;
      this.error = null;
    } catch (error) {
      if (turn === this.#turn) this.error = asApiError(error);
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }

  clear(): void {
    this.#turn++;
    this.value = undefined;
    this.error = null;
    this.busy = false;
  }
}

/** Page is one page of a list of the API. */
export interface Page<T> {
  items: T[] | null;
  next?: string;
}

/** Paged is a list that is read page by page, by key. */
export class Paged<T> {
  items = $state<T[]>([]);
  error = $state<ApiError | null>(null);
  busy = $state(false);
  loaded = $state(false); // the first page is there
  next = $state<string | undefined>();
  #turn = 0;

  constructor(readonly read: (cursor: string | undefined) => Promise<Page<T>>) {}

  /** load reads the list from its beginning. */
  async load(): Promise<void> {
    await this.#page(undefined);
  }

  /** more reads the page that follows, if there is one. */
  async more(): Promise<void> {
    if (this.next && !this.busy) await this.#page(this.next);
  }

  async #page(cursor: string | undefined): Promise<void> {
    const turn = ++this.#turn;
    this.busy = true;
    try {
      const page = await this.read(cursor);
      if (turn !== this.#turn) return;
      this.items = cursor ? [...this.items, ...(page.items ?? [])] : (page.items ?? []);
      this.next = page.next;
      this.error = null;
      this.loaded = true;
    } catch (error) {
      if (turn === this.#turn) this.error = asApiError(error);
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }
}

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, 'UNEXPECTED', String(error));
}
