// Work that a technician has done and the server has not answered yet. It is written down
// before it is sent and struck out after the answer, each piece under a key by which the
// server knows a repeat (Idempotency-Key): whatever breaks in between, it counts once.

import { ApiError, asError, signedOut } from '../api';
import { pathOf } from '../router.svelte';
import { database } from './database';
import { person } from './person';

/** Work is what is to be told to the server. */
export type Work =
  | { readonly kind: 'activate'; readonly code: string; readonly stbId?: string; readonly mac?: string }
  | { readonly kind: 'device'; readonly stbId?: string; readonly mac?: string }
  | { readonly kind: 'retry' };

/** Item is a piece of work in the queue. */
export interface Item {
  readonly key: string; // Idempotency-Key
  readonly by: string; // who did it, and as whom it is sent
  readonly at: number; // when, ms
  readonly orderNo: string;
  readonly source: string;
  readonly work: Work;
  readonly tail: string; // last three digits of the code, which is dropped once it was answered
  readonly after: number; // not to be sent before, ms
  readonly problem: { status: number; code: string; detail: string } | null; // of the last answer
  readonly refused: boolean; // the answer is no; somebody must decide
}

/** Outcome is what became of work that was sent at once. */
export type Outcome = { readonly state: 'sent'; readonly answer: unknown } | { readonly state: 'waiting' } | { readonly state: 'refused'; readonly error: ApiError };

const again = 15_000; // between tries while something waits, ms
const channelName = 'itms-field-queue';

/** newKey draws a key; randomUUID is there on secure pages only. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** final reports whether an answer will not change by asking again. */
function final(error: ApiError): boolean {
  return error.status >= 400 && error.status < 500 && ![401, 408, 425, 429].includes(error.status) && error.code !== 'KEY_BUSY';
}

class Queue {
  items = $state.raw<Item[]>([]);
  sending = $state('');
  /** Called after something was sent, with what it was and the answer. */
  sent = new Set<(item: Item, answer: unknown) => void>();
  #others = 'BroadcastChannel' in globalThis ? new BroadcastChannel(channelName) : null; // other windows of this browser
  #running: Promise<void> | null = null;

  constructor() {
    if (this.#others) this.#others.onmessage = () => void this.load();
  }

  /** load reads what waits. */
  async load(): Promise<void> {
    this.items = (await database.all<Item>('queue').catch(() => [])).sort((a, b) => a.at - b.at);
  }

  /** start sends what waits whenever there may be a network, until what it returns is called. */
  start(ready: () => Promise<boolean>): () => void {
    const go = (): void => void ready().then((on) => (on ? this.flush() : undefined));
    const seen = (): void => void (document.visibilityState === 'visible' && go());
    const timer = setInterval(() => this.items.some((item) => !item.refused) && go(), again);
    addEventListener('online', go);
    document.addEventListener('visibilitychange', seen);
    void this.load().then(go);
    return () => {
      clearInterval(timer);
      removeEventListener('online', go);
      document.removeEventListener('visibilitychange', seen);
    };
  }

  /** send writes work down and tells the server. Without an answer it stays and waits. */
  async send(orderNo: string, source: string, work: Work): Promise<Outcome> {
    const tail = work.kind === 'activate' ? work.code.slice(-3) : '';
    const item: Item = { key: newKey(), by: person(), at: Date.now(), orderNo, source, work, tail, after: 0, problem: null, refused: false };
    await this.#put(item);
    const outcome = await this.#alone(() => this.#deliver(item));
    if (outcome.state === 'refused') await this.drop(item.key); // who sent it is there, and is told
    return outcome;
  }

  /** flush sends what waits, oldest first, and ends at the first that gets no answer. */
  flush(): Promise<void> {
    this.#running ??= this.#alone(async () => {
      await this.load();
      for (const item of this.items.filter((i) => !i.refused && i.by === person() && i.after <= Date.now())) {
        const outcome = await this.#deliver(item);
        if (outcome.state === 'waiting') return;
      }
    }).finally(() => (this.#running = null));
    return this.#running;
  }

  /** again sends refused work once more, as new work. */
  async again(item: Item): Promise<void> {
    await this.#put({ ...item, key: newKey(), refused: false, problem: null, after: 0 });
    await this.drop(item.key);
    await this.flush();
  }

  /** drop forgets work. */
  async drop(key: string): Promise<void> {
    await database.remove('queue', key).catch(() => undefined);
    await this.#changed();
  }

  /** alone keeps two windows from sending the same; the server would take it once all the same. */
  async #alone<T>(send: () => Promise<T>): Promise<T> {
    return navigator.locks ? ((await navigator.locks.request(channelName, send)) as T) : send();
  }

  /** deliver makes the call of an item, and records what came of it. */
  async #deliver(item: Item): Promise<Outcome> {
    this.sending = item.key;
    try {
      const answer = await post(item);
      await this.drop(item.key);
      for (const tell of this.sent) tell(item, answer);
      return { state: 'sent', answer };
    } catch (cause) {
      const error = cause as ApiError;
      const refused = final(error);
      await this.#put({
        ...item, refused, after: Date.now() + error.retryAfter * 1000, work: refused ? withoutCode(item.work) : item.work,
        problem: error.status ? { status: error.status, code: error.code, detail: error.fields[0]?.detail ?? error.message } : null,
      });
      return refused ? { state: 'refused', error } : { state: 'waiting' };
    } finally {
      this.sending = '';
    }
  }

  /** put writes an item. Where nothing can be kept, it is in memory at least. */
  async #put(item: Item): Promise<void> {
    try {
      await database.put('queue', item);
      await this.#changed();
    } catch {
      this.items = [...this.items.filter((i) => i.key !== item.key), item];
    }
  }

  async #changed(): Promise<void> {
    await this.load();
    this.#others?.postMessage('');
  }
}

/** withoutCode is work whose code was answered and is kept no longer. */
function withoutCode(work: Work): Work {
  return work.kind === 'activate' ? { ...work, code: '' } : work;
}

/** call is the path and the document of an item. */
function call(item: Item): [path: string, body: unknown] {
  const { kind, ...body } = item.work;
  if (kind === 'activate') return ['/api/v1/activations', body];
  const query = item.source ? `?source=${encodeURIComponent(item.source)}` : '';
  return [`/api/v1${pathOf('work-orders', item.orderNo, kind)}${query}`, kind === 'retry' ? undefined : body];
}

/** post tells the server, or throws an ApiError. */
async function post(item: Item): Promise<unknown> {
  const [path, body] = call(item);
  let response: Response;
  try {
    response = await fetch(path, {
      method: 'POST', headers: { 'Idempotency-Key': item.key, ...(body ? { 'Content-Type': 'application/json' } : {}) }, body: body ? JSON.stringify(body) : null,
    });
  } catch (cause) {
    throw new ApiError(0, 'NO_NETWORK', String(cause));
  }
  const document = (await response.json().catch(() => null)) as unknown;
  if (response.ok) return document;
  const error = asError(document, response);
  if (error.status === 401 || error.code === 'PASSWORD_DUE') signedOut.then(error.code);
  throw error.code === 'PASSWORD_DUE' ? new ApiError(401, error.code, error.message) : error;
}

export const queue = new Queue();
