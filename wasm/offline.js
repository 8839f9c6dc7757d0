// The service worker: the next visit needs no network, and a new version waits until it is asked for.

import { BASE } from './download.js';
import { notice } from './screen.js';

/** Registers it; called when the program runs, for its downloads are not to compete with the first picture's. */
export async function register() {
  if (!('serviceWorker' in navigator)) return;
  try {
    const registration = await navigator.serviceWorker.register(new URL('sw.js', BASE), { scope: BASE.pathname });
    offer(registration);
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', () => offer(registration));
    });
    document.addEventListener('visibilitychange', () => {
      // Tabs stay open for weeks.
      if (document.visibilityState === 'visible') registration.update().catch(() => {});
    });
  } catch {
    // Private windows refuse it: the page works, with a network.
  }
}

/** Offers the version that waits, if this page runs an older one. */
function offer(registration) {
  const next = registration.waiting;
  if (!next || !navigator.serviceWorker.controller || offer.made === next) return;
  offer.made = next;
  notice('A new version of this page is ready.', {
    label: 'Reload',
    work: () => {
      navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
      next.postMessage('take over');
    },
  });
}
