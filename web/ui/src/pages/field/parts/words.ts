import { macOf } from '../../../lib/field/label';
import type { Item } from '../../../lib/offline/queue.svelte';
import { field } from '../../../words/field';

/** workText says in a few words what an item is about. The code is never shown. */
export function workText(item: Item): string {
  const texts = field().works;
  switch (item.work.kind) {
    case 'activate':
      return texts.activate(item.tail, macOf(item.work));
    case 'device':
      return texts.device(macOf(item.work));
  }
  return texts.retry;
}

/** adviceFor says what to do about a refusal, in the reader's language. */
export function adviceFor(problem: { code: string; detail: string }): string {
  const known: Record<string, string> = field().advice;
  return known[problem.code] ?? problem.detail;
}
