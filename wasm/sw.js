// Keeps the page for visits without a network.
//
// The build writes `const BUILD = { version, files }` above this line: a changed file changes this script, and
// the browser installs the new version beside the old one. A page never sees files of two versions.

const PLACE = new URL('./', self.location).pathname;
const NAME = `skipstone page ${PLACE} ${BUILD.version}`;
const STORE = `skipstone files ${PLACE}`;

// Weights and data are kept by the page when they are used, by hash; pictures are for where this cannot run.
const shell = Object.keys(BUILD.files).filter((path) => !/^(weights|data|pictures)\/|^card\.png$/.test(path));

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(tidy()));
self.addEventListener('message', (event) => {
  if (event.data === 'take over') self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin || !url.pathname.startsWith(PLACE)) return;
  const path = url.pathname.slice(PLACE.length) || 'index.html';
  if (path === 'files.json') event.respondWith(new Response(JSON.stringify(BUILD), { headers: { 'Content-Type': 'application/json' } }));
  else if (shell.includes(path)) event.respondWith(serve(path, event.request));
});

async function serve(path, request) {
  const kept = await caches.open(NAME).then((cache) => cache.match(new URL(path, self.location)))
    .catch(() => undefined); // a browser's storage may be broken, and the network whole
  return kept ?? fetch(request);
}

/** All files of the shell, each checked, or no new version at all. */
async function install() {
  const cache = await caches.open(NAME);
  await Promise.all(shell.map(async (path) => {
    const response = (await fetchChecked(path, 'no-cache')) ?? (await fetchChecked(path, 'reload'));
    if (!response) throw new Error(`${path} is not of version ${BUILD.version}`);
    await cache.put(new URL(path, self.location), response);
  }));
  await renew().catch(() => {}); // the page fetches what is missing, where there is a network
}

/** Weights and data that changed, where those of the version before are kept: else this one would have none offline. */
async function renew() {
  // At a first visit the page fetches them, in quiet moments.
  if ((await older()).length === 0 || navigator.connection?.saveData) return;
  const store = await caches.open(STORE);
  const kept = new Set((await store.keys()).map((request) => request.url.split('/').pop()));
  for (const [path, { sha256 }] of Object.entries(BUILD.files)) {
    if (!/^(weights|data)\//.test(path) || kept.has(sha256)) continue;
    const response = await fetchChecked(path, 'no-cache');
    if (response) await store.put(new URL(`by-hash/${sha256}`, self.location), response);
  }
}

/** A copy of a file without what hosts add (a redirected answer cannot open a page); nothing where it differs. */
async function fetchChecked(path, cache) {
  // Hosts that hide `index.html` redirect it to the folder.
  const response = await fetch(new URL(path === 'index.html' ? './' : path, self.location), { cache });
  if (!response.ok) return undefined;
  const bytes = await response.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (hash !== BUILD.files[path].sha256) return undefined;
  return new Response(bytes, { headers: { 'Content-Type': response.headers.get('Content-Type') ?? '' } });
}

/** Removes what older versions left: their pages, and files that no file of this version is. */
async function tidy() {
  const others = await older();
  // The first version finds only what its own page keeps already.
  if (others.length === 0) return;
  for (const name of others) await caches.delete(name);
  const known = new Set(Object.values(BUILD.files).map((entry) => entry.sha256));
  const store = await caches.open(STORE);
  for (const request of await store.keys()) {
    if (!known.has(request.url.split('/').pop())) await store.delete(request);
  }
}

/** Names of what other versions keep of their pages. */
async function older() {
  return (await caches.keys()).filter((name) => name.startsWith(`skipstone page ${PLACE} `) && name !== NAME);
}
