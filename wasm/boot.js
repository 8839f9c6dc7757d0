// Starts the page: fetches the program and the first weights side by side, shows how far they are, starts the
// program, and shows what it says. The program finds its side of this in `globalThis.skipstone`.

import { BASE, asset, fetchWeights, files, listeners, started } from './download.js';
import { forPerson } from './gesture.js';
import { register } from './offline.js';
import * as screen from './screen.js';

/** The weights that are shown without more. */
const FIRST = 'digits';
const PROGRAM = 'skipstone_bg.wasm';
const GLUE = 'skipstone.js';

/** Bytes that arrived, by path; what is counted, by path. */
const received = new Map();
const expected = new Map();

globalThis.skipstone = {
  asset,
  fetchWeights,
  /** The first frame is on screen. */
  painted() {
    if (screen.state() !== 'loading') return;
    performance.mark('skipstone-painted');
    screen.live();
    started();
    register();
  },
  /** The first samples are on screen. */
  pictured() {
    performance.mark('skipstone-pictured');
  },
  /** Bytes of the files on their way: those that are here, and all. */
  arriving() {
    const paths = [...expected.keys()].filter((path) => (received.get(path) ?? 0) < expected.get(path));
    const sum = (values) => paths.reduce((total, path) => total + (values.get(path) ?? 0), 0);
    return new Float64Array([sum(received), sum(expected)]);
  },
  failed: screen.failed,
  still: screen.still,
  /** Puts text on the clipboard; rejects where the browser refuses. */
  copyText(text) {
    return forPerson(() => navigator.clipboard.writeText(text));
  },
  /** Puts a PNG there. Its bytes are copied, for the program may move its memory. */
  copyPicture(png) {
    const blob = new Blob([png.slice()], { type: 'image/png' });
    return forPerson(() => navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })]));
  },
  /** Opens the dialog of a field for files. */
  openDialog(field) {
    forPerson(() => field.click());
  },
  /** Resolves when the tab can be seen. */
  hidden() {
    return new Promise((resolve) => {
      const look = () => {
        if (document.visibilityState !== 'visible') return;
        document.removeEventListener('visibilitychange', look);
        resolve();
      };
      document.addEventListener('visibilitychange', look);
      look();
    });
  },
};

listeners.progress = (path, bytes, all) => {
  received.set(path, bytes);
  if (all !== undefined) expected.set(path, all);
  showProgress();
};
listeners.gone = (path) => expected.delete(path);
listeners.notKept = (sentence) => {
  listeners.notKept = () => {};
  screen.notice(sentence);
};

// A trap ends the program, wherever it happens. Its own hook has told why, if it could.
const trapped = (error) => {
  if (error instanceof WebAssembly.RuntimeError) {
    screen.failed('The program stopped.', 'It ran into an error that it could not mend, or out of memory. Reload to go on from the settings in the address; if it stops again, use the CPU.');
  }
};
addEventListener('error', (event) => trapped(event.error));
addEventListener('unhandledrejection', (event) => trapped(event.reason));

// WebGL draws where there is no WebGPU, whose loss the program is told of.
document.getElementById('canvas').addEventListener('webglcontextlost', () => {
  screen.failed('The browser took the graphics away', 'Reload to go on from the settings in the address.');
});

if (screen.parameters().get('rung') === 'static') {
  screen.still('You asked for the pictures made beforehand.', 'The live page computes these in the tab, for any seed and number of steps.');
} else if (typeof WebAssembly !== 'object') {
  screen.still('The live page is a WebAssembly program, and WebAssembly is switched off or unknown in this browser.', 'Any current Chrome, Edge, Firefox or Safari has it. Strict modes (such as Lockdown Mode, or "safest" in Tor Browser) switch it off and can make an exception for this site.');
} else {
  start();
}

async function start() {
  screen.loading();
  let module;
  try {
    const [fetched] = await Promise.all([fetchProgram(), expectFirst()]);
    module = fetched;
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) {
      screen.still('This browser cannot run the live page: it refuses its WebAssembly program.', `Any current Chrome, Edge, Firefox or Safari runs it. The browser says: ${error.message}`);
    } else {
      screen.still('The program of the live page did not arrive.', `${error.message} Then try the live page again.`);
    }
    return;
  }
  try {
    const { default: run } = await import(`./${GLUE}`);
    screen.starting();
    await run({ module_or_path: module });
  } catch (error) {
    console.error(error);
    trapped(error);
    screen.failed('The program did not start.', `Reload the page; the site may be changing right now. The browser says: ${error.message}`);
  }
}

/** Says what the bar counts, and asks for the first weights at once: the program will ask for the same. */
async function expectFirst() {
  const all = await files();
  const preset = screen.parameters().get('preset') ?? FIRST;
  const weights = Object.keys(all).filter((path) => path.startsWith(`weights/${preset}/`));
  for (const path of [PROGRAM, ...weights]) expected.set(path, all[path]?.bytes ?? 0);
  showProgress();
  // The program asks again and says what is wrong.
  for (const path of weights) asset(path).catch(() => {});
}

/** The compiled program: compiled while it arrives, or from checked bytes where that fails. */
async function fetchProgram() {
  try {
    const response = await fetch(new URL(PROGRAM, BASE));
    count(response.clone());
    return await WebAssembly.compileStreaming(response);
  } catch {
    // Servers that call it something else than application/wasm, broken copies, blocked downloads: the careful way.
    return WebAssembly.compile(await asset(PROGRAM));
  }
}

async function count(response) {
  const reader = response.body.getReader();
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      bytes += value.length;
      listeners.progress(PROGRAM, bytes);
    }
  } catch {
    // Whoever compiles it sees the same break and tells.
  }
}

function showProgress() {
  const sum = (values) => [...values].reduce((total, bytes) => total + bytes, 0);
  const arrived = [...expected.keys()].map((path) => Math.min(received.get(path) ?? 0, expected.get(path)));
  if (screen.state() === 'loading') screen.progress(sum(arrived), sum(expected.values()));
}
