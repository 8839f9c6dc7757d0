// The service worker: the next visit needs no network, and a new version waits until it is asked for.
//
// It keeps the page itself; weights and data are kept as they are used, and in quiet moments the rest of them.

import { BASE, asset, files } from './download.js';
import { notice, onReload } from './screen.js';

/** Milliseconds until a page that failed is loaded again although the next version has not taken over. */
const PATIENCE_MS = 3000;

/** Registers it; called when the program runs, for its downloads are not to compete with the first picture's. */
export async function register() {
  if (!('serviceWorker' in navigator)) return;
  try {
    const registration = await navigator.serviceWorker.register(new URL('sw.js', BASE), { scope: BASE.pathname });
    offer(registration);
    const watch = (worker) => worker?.addEventListener('statechange', () => offer(registration));
    watch(registration.installing); // found before the program ran
    registration.addEventListener('updatefound', () => watch(registration.installing));
    document.addEventListener('visibilitychange', () => {
      // Tabs stay open for weeks.
      if (document.visibilityState === 'visible') registration.update().catch(() => {});
    });
    navigator.serviceWorker.addEventListener('controllerchange', changed);
    await navigator.serviceWorker.ready;
    await keepAll();
  } catch {
    // Private windows refuse it: the page works, with a network.
  }
}

/** Fetches what was not looked at yet, one file at a time, unless the person pays for every byte. */
async function keepAll() {
  if (navigator.connection?.saveData) return;
  for (const path of Object.keys(await files())) {
    if (!/^(weights|data)\//.test(path)) continue;
    await new Promise((resolve) => (globalThis.requestIdleCallback ?? setTimeout)(resolve));
    await asset(path).catch(() => {}); // the next start tries it again
  }
}

/** Another version has taken over: in this tab because it was asked to, or from another tab. */
function changed() {
  if (offer.accepted) location.reload();
  else notice('This page was brought up to date in another tab.', { label: 'Reload', work: () => location.reload() });
}

/** Offers the version that waits, if this page runs an older one. */
function offer(registration) {
  const next = registration.waiting;
  if (!next || !navigator.serviceWorker.controller || offer.made === next) return;
  offer.made = next;
  notice('A new version of this page is ready.', {
    label: 'Reload',
    work: () => {
      offer.accepted = true;
      next.postMessage('take over');
    },
  });
}

// A page that failed is mended by the version that waits, if there is one.
onReload(async () => {
  try {
    const next = (await navigator.serviceWorker?.getRegistration(BASE))?.waiting;
    if (next) {
      const taken = new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
      next.postMessage('take over');
      await Promise.race([taken, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
    }
  } finally {
    location.reload();
  }
});
