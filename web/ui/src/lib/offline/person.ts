// Whose phone this is. Without a network nobody can be asked, so the last person who was
// signed in is remembered by name: what is typed then is that person's and is sent as that
// person only.

import { session } from '../session.svelte';
import { database } from './database';

const storageKey = 'itms.field.person';

/** person names who works here: who is signed in, or who was when the network went. */
export function person(): string {
  return session.me?.name ?? (session.unreachable ? (localStorage.getItem(storageKey) ?? '') : '');
}

/** remember notes who is signed in. Orders that another person saw are forgotten. */
export async function remember(name: string): Promise<void> {
  const before = localStorage.getItem(storageKey);
  localStorage.setItem(storageKey, name);
  if (before !== name) await forget();
}

/** leave is the end of a person's work here: the orders seen are forgotten. What waits to be sent stays until its person is back. */
export async function leave(): Promise<void> {
  localStorage.removeItem(storageKey);
  await forget();
}

async function forget(): Promise<void> {
  await database.clear('orders').catch(() => undefined); // a browser that keeps nothing has nothing to forget
}
