// What a browser lets a page do only for a person's click or key, such as opening its file dialog.
//
// Safari asks for that within the event itself, or in a frame that the event's listener asked for. The program answers
// a pointer at once, but a key in the next frame of its own: what it asks for there is done right after, in ours.

let frame = 0;
const asked = [];

for (const name of ['keydown', 'click']) {
  addEventListener(name, () => {
    // Of Ctrl and O within one frame, O counts.
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      frame = 0;
      for (const work of asked.splice(0)) work();
    });
  }, true);
}

/** Does `work` as the person's: resolves to what it returns. */
export function forPerson(work) {
  return new Promise((resolve, reject) => {
    const attempt = () => {
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
    };
    if (frame) asked.push(attempt);
    else attempt();
  });
}
