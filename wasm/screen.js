// What the person sees of the page itself: loading, the program, a failure, the still pictures.
//
// One attribute says which: <html data-state="loading | live | failed | still">; style.css does the rest.

const root = document.documentElement;
const part = (id) => document.getElementById(id);

/** Parts of the way at which the three stones land. */
const LANDINGS = [0.02, 0.4, 0.98];

/** Seconds after the last byte until it is said that a start may take a while. */
const PATIENCE_S = 8;

// Whether this is one view within another page, as the program reads it.
if (![null, '0', 'false'].includes(parameters().get('embed'))) {
  root.dataset.embedded = '';
  leaveFocus();
  leaveTouch();
}

/** The program focuses its canvas as it starts, and the page around may be typed in: only a person gives the focus. */
function leaveFocus() {
  const { focus } = HTMLElement.prototype;
  HTMLElement.prototype.focus = function (options) {
    if (document.hasFocus() || navigator.userActivation?.isActive) focus.call(this, options);
  };
}

/** A finger scrolls the page around, until a tap gives the focus to this one. */
function leaveTouch() {
  const held = () => root.toggleAttribute('data-held', document.hasFocus());
  for (const name of ['focus', 'blur']) addEventListener(name, held);
  held();
  const isTouch = (event) => event.type.startsWith('touch') || event.pointerType === 'touch';
  const pass = (event) => {
    if (isTouch(event) && !document.hasFocus() && event.target.id === 'canvas') event.stopImmediatePropagation();
  };
  for (const name of ['touchstart', 'touchmove', 'touchend', 'pointerdown', 'pointermove', 'pointerup']) {
    addEventListener(name, pass, true);
  }
}

/** Which state is shown. */
export const state = () => root.dataset.state;

/** Shows the loading screen. */
export function loading() {
  root.dataset.state = 'loading';
  progress(0, 0);
}

/** How far the download is, in bytes; nothing is claimed before the total is known. */
export function progress(received, total) {
  const done = total > 0 ? Math.min(received / total, 1) : 0;
  const rail = part('progress');
  rail.style.setProperty('--done', done);
  rail.setAttribute('aria-valuenow', Math.round(done * 100));
  part('loading').dataset.landed = LANDINGS.filter((landing) => done >= landing).length;
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  part('bytes').textContent = total > 0 ? `${megabytes(received)} of ${megabytes(total)} MB` : '';
}

/** Everything is here; the program starts. */
export function starting() {
  part('loading').classList.add('starting');
  part('phase').textContent = 'Starting';
  part('bytes').textContent = '';
  setTimeout(() => {
    if (state() !== 'loading') return;
    part('patience').hidden = false;
    part('patience').textContent = 'The first start prepares the graphics card, or computes without one: on a slow device this takes a minute.';
  }, PATIENCE_S * 1000);
}

/** The program has drawn: the loading screen fades away. */
export function live() {
  root.dataset.state = 'live';
  // The program's field for typing, which it focuses itself, is no stop for Tab.
  document.querySelector('#canvas + input')?.setAttribute('tabindex', '-1');
  part('canvas').focus({ preventScroll: true });
}

let reload = () => location.reload();

/** Has `work` done in place of a plain reload of a page that failed. */
export function onReload(work) {
  reload = work;
}

/** Says calmly what went wrong and what can be done. The first failure is the cause of all others. */
export function failed(title, nextStep) {
  if (state() === 'failed' || state() === 'still') return;
  root.dataset.state = 'failed';
  part('failure-title').textContent = title;
  part('failure-next').textContent = nextStep;
  part('failure-reload').onclick = reload;
  part('failure-cpu').href = address({ backend: 'cpu', rung: null });
  part('failure-cpu').hidden = parameters().get('backend') === 'cpu';
  part('failure-still').href = address({ rung: 'static' });
  part('failure').hidden = false;
  part('failure-reload').focus();
}

/** Shows the pictures made beforehand: why, and what would give the live page. */
export function still(why, nextStep) {
  root.dataset.state = 'still';
  part('still-why').textContent = why;
  part('still-next').textContent = nextStep;
  const live = part('still-live');
  live.href = address({ rung: null });
  live.onclick = (event) => {
    if (live.href.split('#')[0] !== location.href.split('#')[0]) return;
    event.preventDefault(); // an address that differs behind the # alone would not be loaded again
    history.replaceState(null, '', live.href);
    location.reload();
  };
}

/** A sentence at the lower edge, with a button if there is something to do. */
export function notice(sentence, action) {
  const box = document.createElement('div');
  box.className = 'notice';
  const text = document.createElement('span');
  text.textContent = sentence;
  const button = (label, quiet, work) => {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = label;
    made.classList.toggle('quiet', quiet);
    made.onclick = work;
    return made;
  };
  box.append(text);
  if (action) box.append(button(action.label, false, action.work));
  const close = () => {
    box.remove();
    part('canvas').focus({ preventScroll: true });
  };
  box.append(button(action ? 'Later' : 'Close', true, close));
  part('notices').append(box);
}

// The program takes every Tab for itself: while the page has something to say, one leads there. Within another page,
// one leads out of the canvas where the program's own controls end, which the canvas says.
addEventListener('keydown', (event) => {
  if (event.key !== 'Tab' || !document.activeElement?.matches('#canvas, #canvas + input')) return;
  const button = part('notices').querySelector('button');
  const exits = part('canvas').dataset.exits ?? '';
  if (button && document.activeElement === part('canvas')) {
    event.preventDefault();
    event.stopImmediatePropagation();
    button.focus();
  } else if (exits.includes(event.shiftKey ? 'backward' : 'forward')) {
    event.stopImmediatePropagation();
  }
}, true);

// The program's log opens by Ctrl+L, by which browsers go to their address.
addEventListener('keydown', (event) => {
  const isLog = event.key?.toLowerCase() === 'l' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if (isLog && document.activeElement?.matches('#canvas, #canvas + input')) event.preventDefault();
}, true);

/** What the address asks for: after the ? and after the #, the latter first. */
export function parameters() {
  const asked = new URLSearchParams(location.hash.slice(1));
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (!asked.has(name)) asked.set(name, value);
  }
  return asked;
}

/** This address with other parameters; null leaves one out. */
function address(changes) {
  const url = new URL(location.href);
  const behind = new URLSearchParams(url.hash.slice(1)); // which would win
  for (const [name, value] of Object.entries(changes)) {
    if (behind.has(name)) {
      behind.delete(name);
      url.hash = behind.toString();
    }
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.href;
}
