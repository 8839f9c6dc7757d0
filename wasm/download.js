// Files of this page, whole or not at all: fetched once, checked, kept for the next visit.
//
// files.json, written by the build, says how long every file is and what its SHA-256 is.

/** Where the page lies: the same for every view of it, whatever its address says. */
export const BASE = new URL('./', import.meta.url);

/** The cache of checked files, by their hashes; one for each place, for pages may share an origin. */
const STORE = `skipstone files ${BASE.pathname}`;

/** What weights from elsewhere may have at most: 1 GiB. */
const LARGEST = 1 << 30;

/** What is being fetched or has been: paths to promises of bytes. */
const running = new Map();

/**
 * Called with (path, bytes so far, all bytes if that is news) while a file arrives, with the path of one that
 * does not, and with a sentence where nothing can be kept.
 */
export const listeners = { progress: () => {}, gone: () => {}, notKept: () => {} };

let list;

/** All files of the page: path -> { bytes, sha256 }. */
export function files() {
  list ??= fetchList().catch((error) => {
    list = undefined;
    throw error;
  });
  return list;
}

async function fetchList() {
  const response = await open('files.json', 'no-cache');
  try {
    return (await response.json()).files;
  } catch {
    throw new Error('The list of this page\'s files arrived incomplete. Reload the page.');
  }
}

/** A file of this page, checked. Callers who ask for the same one share one download. */
export function asset(path) {
  if (!running.has(path)) {
    const loading = load(path);
    running.set(path, loading);
    loading.then(() => forget(path), () => {
      running.delete(path);
      listeners.gone(path);
    });
  }
  return running.get(path);
}

/** Bytes wait here only while the page starts, for the program to ask for them; then in the cache. */
let waiting = new Set();

function forget(path) {
  if (waiting) waiting.add(path);
  else running.delete(path);
}

/** The page has started: what waited has been taken. */
export function started() {
  for (const path of waiting ?? []) running.delete(path);
  waiting = undefined;
}

async function load(path) {
  const entry = (await files())[path];
  if (!entry) throw new Error(`This page has no file ${path}.`);
  const earlier = await recall(entry);
  if (earlier) {
    listeners.progress(path, entry.bytes);
    return earlier;
  }
  let bytes;
  try {
    bytes = await fetchChecked(path, entry, 'default');
  } catch (error) {
    if (!error.again) throw error;
    // What lies between may have kept a broken copy: ask the server itself.
    bytes = await fetchChecked(path, entry, 'reload');
  }
  await keep(kept(entry), bytes);
  return bytes;
}

async function fetchChecked(path, entry, cache) {
  listeners.progress(path, 0, entry.bytes);
  const response = await open(path, cache);
  const bytes = new Uint8Array(entry.bytes);
  const [received] = await collect(response, entry.bytes, path, (chunk, at) => bytes.set(chunk, at));
  if (received < entry.bytes) {
    throw again(`${path} arrived incomplete: ${received} of ${entry.bytes} bytes. Check the connection and try again.`);
  }
  if (received > entry.bytes || !(await fits(bytes, entry.sha256))) {
    throw again(`${path} is not the file this page was built with: its SHA-256 differs. The site may be changing right now, or something on the way alters downloads; reload in a minute.`);
  }
  return bytes;
}

/** Asks for a file; a response that is one, or an error that says why not. */
async function open(path, cache) {
  let response;
  try {
    response = await fetch(new URL(path, BASE), { cache });
  } catch {
    throw navigator.onLine
      ? again(`${path} could not be fetched: the connection broke, or something such as a browser extension or a firewall blocks it.`)
      : new Error(`You are offline, and ${path} was not kept from an earlier visit. Connect and try again.`);
  }
  const said = `${response.status} ${response.statusText}`.trim(); // HTTP/2 has no words beside the number
  if (!response.ok) throw new Error(`The server answers ${said} for ${path}.`);
  return response;
}

/** Hands over the chunks of a response with their places; how many bytes came, and whether the connection held to the end. */
async function collect(response, limit, path, take) {
  const reader = response.body.getReader();
  let received = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return [received, true];
      if (received + value.length > limit) {
        reader.cancel().catch(() => {});
        return [limit + 1, true];
      }
      take(value, received);
      received += value.length;
      listeners.progress(path, received);
    }
  } catch {
    return [received, false];
  }
}

/** Whether the bytes have this hash. Outside of secure contexts browsers do not hash: the length must do. */
async function fits(bytes, sha256) {
  if (!globalThis.crypto?.subtle) return true;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') === sha256;
}

const kept = (entry) => new Request(new URL(`by-hash/${entry.sha256}`, BASE));

async function recall(entry) {
  try {
    const store = await caches.open(STORE);
    const response = await store.match(kept(entry));
    if (!response) return undefined;
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes.length === entry.bytes && (await fits(bytes, entry.sha256))) return bytes;
    await store.delete(kept(entry));
  } catch {
    // No cache here: as if it were empty.
  }
  return undefined;
}

async function keep(request, bytes) {
  try {
    const store = await caches.open(STORE);
    await store.put(request, new Response(bytes, { headers: { 'Content-Length': bytes.length } }));
  } catch {
    listeners.notKept('The browser keeps no files for this page (its storage is full or switched off). Everything works; the next visit loads again.');
  }
}

/** Weights from elsewhere have no hash that this page knows: they are kept by address, until its next version. */
const keptFrom = (url) => new Request(new URL(`by-address/${encodeURIComponent(url)}`, BASE));

async function recallFrom(url) {
  try {
    const response = await (await caches.open(STORE)).match(keptFrom(url));
    return response && new Uint8Array(await response.arrayBuffer());
  } catch {
    return undefined;
  }
}

/** Weights from anywhere, unchecked but bounded: the program reads them strictly. */
export async function fetchWeights(address) {
  const url = weightsUrl(address);
  let response;
  try {
    response = await fetch(url, { credentials: 'omit', referrerPolicy: 'no-referrer' });
  } catch {
    const earlier = await recallFrom(url);
    if (earlier) return earlier;
    if (!navigator.onLine) throw new Error(`You are offline, and the weights at ${url} were not kept from an earlier visit.`);
    throw new Error(`The weights at ${url} could not be fetched: the address does not answer, or its server does not let other sites read the file (CORS: it must send Access-Control-Allow-Origin).`);
  }
  if (!response.ok) throw new Error(`The server answers ${response.status} for the weights at ${url}.`);
  const announced = Number(response.headers.get('Content-Length') ?? 0);
  const chunks = [];
  const [received, isWhole] = announced > LARGEST ? [LARGEST + 1, true] : await collect(response, LARGEST, url.href, (chunk) => chunks.push(chunk));
  if (received > LARGEST) throw new Error(`The weights at ${url} have more than 1 GiB, which is the most this page opens.`);
  // A server need not announce a length, and that of a compressed file is another one.
  if (!isWhole || (received < announced && !response.headers.get('Content-Encoding'))) {
    throw new Error(`The weights at ${url} arrived incomplete: ${received} bytes, then the connection broke. Try again.`);
  }
  const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
  await keep(keptFrom(url), bytes);
  return bytes;
}

function weightsUrl(address) {
  let url;
  try {
    url = new URL(address, BASE);
  } catch {
    throw new Error(`?weights=${address} is no address. It must be the address of a .safetensors file.`);
  }
  if (url.protocol !== 'https:' && url.origin !== BASE.origin) {
    throw new Error(`The weights at ${url} cannot be opened: only https addresses can.`);
  }
  return url;
}

/** An error after which one more attempt makes sense. */
function again(sentence) {
  return Object.assign(new Error(sentence), { again: true });
}
