// What a technician's phone keeps between visits of the page, in the browser's IndexedDB:
// work that waits to be sent, and the orders that were last seen.

export type Store = 'queue' | 'orders';

const name = 'itms-field';
const version = 1;

let opened: Promise<IDBDatabase> | undefined;

/** open opens the database once per page. A browser that keeps nothing rejects. */
function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((done, failed) => {
    const request = indexedDB.open(name, version);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('queue', { keyPath: 'key' });
      request.result.createObjectStore('orders', { keyPath: 'no' });
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error ?? new Error('the browser keeps nothing'));
  }).catch((error: unknown) => {
    opened = undefined; // it may be allowed later
    throw error;
  });
  return opened;
}

/** within runs one request in a transaction and waits until it is on disk. */
async function within<T>(store: Store, mode: IDBTransactionMode, make: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  return new Promise<T>((done, failed) => {
    const transaction = database.transaction(store, mode, { durability: 'strict' });
    const request = make(transaction.objectStore(store));
    transaction.oncomplete = () => done(request.result);
    transaction.onerror = transaction.onabort = () => failed(transaction.error ?? new Error('the browser kept nothing'));
  });
}

export const database = {
  all: <T>(store: Store): Promise<T[]> => within<T[]>(store, 'readonly', (s) => s.getAll() as IDBRequest<T[]>),
  get: <T>(store: Store, key: string): Promise<T | undefined> => within<T | undefined>(store, 'readonly', (s) => s.get(key) as IDBRequest<T | undefined>),
  put: (store: Store, value: unknown): Promise<IDBValidKey> => within(store, 'readwrite', (s) => s.put(value)),
  remove: (store: Store, key: string): Promise<undefined> => within(store, 'readwrite', (s) => s.delete(key)),
  clear: (store: Store): Promise<undefined> => within(store, 'readwrite', (s) => s.clear()),
};
