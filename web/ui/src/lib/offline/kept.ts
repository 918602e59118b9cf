// The orders that were last seen, to be read where there is no network. No secret is among
// them: an activation code is in the answer that issues it, and is taken out here too.

import type { Schemas } from '../api';
import { database } from './database';
import { person } from './person';

export type Order = Schemas['Order'];

/** Kept is an order as it was seen at a time. */
export interface Kept {
  readonly no: string; // number and source
  readonly at: number; // when it was seen, ms
  readonly order: Order;
}

const mostKept = 60; // a day's work several times over
const keptFor = 7 * 24 * 3600_000; // an order waits for no longer

/** keyOf names an order among those of all sources. */
export function keyOf(order: { orderNo: string; source: string }): string {
  return `${order.orderNo}\n${order.source}`;
}

/** keep notes orders as they are now, and forgets those that are old or too many. */
export async function keep(orders: readonly Order[]): Promise<void> {
  try {
    for (const order of orders.slice(0, mostKept)) await database.put('orders', { no: keyOf(order), at: Date.now(), order: plain(order) } satisfies Kept);
    for (const old of beyond(await database.all<Kept>('orders'))) await database.remove('orders', old.no);
  } catch {
    // A browser that keeps nothing still shows everything while there is a network.
  }
}

/** plain is an order without what is shown once. Svelte's proxies do not go into a database, JSON does. */
function plain(order: Order): Order {
  const shown = JSON.parse(JSON.stringify(order)) as Record<string, unknown>;
  for (const once of ['activationCode', 'qr', 'barcode']) delete shown[once];
  return shown as unknown as Order;
}

/** beyond lists what need not be kept any longer. */
function beyond(all: Kept[]): Kept[] {
  const newest = all.sort((a, b) => b.at - a.at);
  return newest.filter((kept, i) => i >= mostKept || Date.now() - kept.at > keptFor);
}

/** kept returns the orders that were last seen, newest first; none to nobody. */
export async function kept(): Promise<Kept[]> {
  if (!person()) return [];
  const all = await database.all<Kept>('orders').catch(() => []);
  const old = new Set(beyond(all));
  return all.filter((k) => !old.has(k)).sort((a, b) => (a.order.id < b.order.id ? 1 : -1));
}

/** keptOrder returns an order as it was last seen. */
export async function keptOrder(no: string, source: string): Promise<Kept | undefined> {
  return (await kept()).find((k) => k.order.orderNo === no && (!source || k.order.source === source));
}
