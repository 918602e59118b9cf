// Has the service worker keep the technician's pages at hand (sw.ts): the files that this
// page has loaded, and those of the pages that follow from it.

const scope = '/t'; // the pages of the technician only; the rest of the console needs a network anyway

/** keepShell starts the worker and tells it what to keep, until what it returns is called. */
export function keepShell(): () => void {
  let gone = false;
  if ('serviceWorker' in navigator && import.meta.env.PROD) void keep(() => gone).catch(() => undefined); // without it there is no offline start, and all else works
  return () => (gone = true);
}

async function keep(gone: () => boolean): Promise<void> {
  await navigator.serviceWorker.register('/sw.js', { type: 'module', scope });
  const { active } = await navigator.serviceWorker.ready;
  await Promise.all([import('../../pages/field/Today.svelte'), import('../../pages/field/Order.svelte'), import('../../pages/field/Waiting.svelte'), import('../../pages/field/Scan.svelte')]);
  if (gone()) return;
  const files = performance.getEntriesByType('resource').map((entry) => new URL(entry.name)).filter((url) => url.origin === location.origin && url.pathname.startsWith('/assets/'));
  active?.postMessage({ keep: [...new Set(files.map((url) => url.pathname))] });
}
