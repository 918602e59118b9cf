/// <reference lib="webworker" />
// The service worker of the technician's pages: the page itself and its scripts stay at hand,
// so that it opens in a cellar. Answers of the API are never kept here: what may be shown
// without a network is kept by the pages that show it (lib/offline).
//
// What is kept is one build as a whole: a page of one build with scripts of another would not
// start. A build is known by the script that its page begins with; it replaces the one before
// once all its files are there.

const scope = self as unknown as ServiceWorkerGlobalScope;
const prefix = 'itms-field ';
const beside = ['/manifest.webmanifest', '/icon.svg', '/icon-192.png'];

scope.addEventListener('install', () => void scope.skipWaiting());
scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()));

scope.addEventListener('message', (event) => {
  const { keep } = event.data as { keep?: string[] };
  if (keep) event.waitUntil(keepBuild(keep));
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== scope.location.origin || url.pathname.startsWith('/api/')) return;
  if (request.mode === 'navigate') event.respondWith(page(request));
  else if (url.pathname.startsWith('/assets/')) event.respondWith(asset(request));
  else if (beside.includes(url.pathname)) event.respondWith(fetch(request).catch(() => kept(request)));
});

/** page answers a navigation from the network, and without one with the page that is kept. */
async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    return kept('/');
  }
}

/** asset answers from what is kept: its name carries the hash of its content. What is loaded later, such as the reader of bar codes, is kept as well. */
async function asset(request: Request): Promise<Response> {
  const have = await caches.match(request);
  if (have) return have;
  const answer = await fetch(request);
  const build = (await builds()).at(-1);
  if (build && answer.ok) await (await caches.open(build)).put(request, answer.clone()).catch(() => undefined);
  return answer;
}

async function kept(request: Request | string): Promise<Response> {
  return (await caches.match(request)) ?? Response.error();
}

async function builds(): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith(prefix));
}

/** keepBuild keeps the present page with the files that it has loaded, then drops other builds. */
async function keepBuild(files: string[]): Promise<void> {
  const answer = await fetch('/', { cache: 'no-cache' });
  const first = /\/assets\/index-[^"]+\.js/.exec(await answer.clone().text())?.[0];
  if (!answer.ok || !first || !files.includes(first)) return; // the server has another build than the page that asks
  const name = prefix + first;
  const cache = await caches.open(name);
  const have = new Set((await cache.keys()).map((request) => new URL(request.url).pathname));
  await cache.addAll([...files, ...beside].filter((file) => !have.has(file)));
  await cache.put('/', answer);
  await Promise.all((await builds()).filter((other) => other !== name).map((other) => caches.delete(other)));
}
