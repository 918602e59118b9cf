import type { Schemas } from './api';

export type LiveEvent = Schemas['Event'];
type Listener = (event: LiveEvent) => void;

/** Live is the one event stream of a tab (GET /api/v1/events), open while anybody listens. */
class Live {
  connected = $state(false);
  #source: EventSource | null = null;
  #listeners = new Set<Listener>();
  #last = '';

  /** listen calls for each event from now on; call what it returns to stop. Use it in an $effect. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    if (!this.#source) this.#open();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#close();
    };
  }

  #open(): void {
    const source = new EventSource('/api/v1/events' + (this.#last ? `?lastEventId=${this.#last}` : ''));
    source.onopen = () => (this.connected = true);
    source.onerror = () => (this.connected = false); // it comes back by itself and resumes
    source.onmessage = (message: MessageEvent<string>) => {
      this.#last = message.lastEventId;
      const event = JSON.parse(message.data) as LiveEvent;
      for (const listener of this.#listeners) listener(event);
    };
    this.#source = source;
  }

  #close(): void {
    this.#source?.close();
    this.#source = null;
    this.connected = false;
    this.#last = '';
  }
}

export const live = new Live();

/** soon returns a function that calls another at most once per wait (ms), the last time included: events come in bursts, or without an end. stop drops a call that is due. */
export function soon(call: () => void, wait = 250): { (): void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      call();
    }, wait);
  };
  return Object.assign(later, { stop: () => clearTimeout(timer) });
}
