// Whose phone this is. Without a network nobody can be asked, so the last person who was
// signed in is remembered by name: what is typed then is that person's and is sent as that
// person only.

import { session } from '../session.svelte';

const storageKey = 'itms.field.person';

/** person names who works here: who is signed in, or who was when the network went. */
export function person(): string {
  return session.me?.name ?? (session.unreachable ? (localStorage.getItem(storageKey) ?? '') : '');
}

/** remember notes who is signed in, and reports whether it was somebody else before. */
export function remember(name: string): boolean {
  const before = localStorage.getItem(storageKey);
  localStorage.setItem(storageKey, name);
  return before !== null && before !== name;
}
