// Where what was found is shown.
import type { Schemas } from './api';
import { orderPath } from './orders';
import { pathOf } from './router.svelte';

/** hitPath is the page of a hit of the search. */
export function hitPath(hit: Schemas['Hit']): string {
  switch (hit.kind) {
    case 'device':
      return pathOf('devices', hit.id);
    case 'order':
      return orderPath(hit.id, '', new URL(hit.link, location.origin).searchParams.get('source') ?? '');
    case 'service':
      return `/help?q=${encodeURIComponent(hit.id)}`;
    case 'stock':
      return `/stock?q=${encodeURIComponent(hit.id)}`;
    case 'lease':
      return hit.device ? pathOf('devices', hit.device) : `/cable/leases?address=${encodeURIComponent(hit.id)}`;
  }
}
