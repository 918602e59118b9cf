import type { LiveEvent } from '../../lib/live.svelte';

/** ofLeases reports whether an event may tell of a lease: the first one of a device is that it was seen. */
export function ofLeases(event: LiveEvent): boolean {
  return /^(device\.(seen|leased)$|dhcp\.)/.test(event.type);
}
