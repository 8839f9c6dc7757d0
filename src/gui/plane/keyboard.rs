//! Components by keyboard: the arrow keys push the one that has the focus, Delete or Backspace takes it away.

use eframe::egui::{EventFilter, Id, Key, Ui};

use super::arrangement;
use crate::data::Mixture;

/// How far a key pushes a component, in data units.
const PUSH: f64 = 0.02;

/// Does to component `k`, whose handle `id` has the focus, what the keys say.
pub(super) fn act(ui: &Ui, id: Id, mixture: &mut Mixture, k: usize) {
    let arrows =
        EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, arrows));
    let pressed = |key| ui.input(|input| input.num_presses(key) as f64);
    let across = pressed(Key::ArrowRight) - pressed(Key::ArrowLeft);
    let up = pressed(Key::ArrowUp) - pressed(Key::ArrowDown);
    if [across, up] != [0.0; 2] {
        let [x, y] = mixture.means[k];
        arrangement::put(mixture, k, [x + PUSH * across, y + PUSH * up]);
    }
    // Keyboards of laptops may have no Delete.
    if pressed(Key::Delete) + pressed(Key::Backspace) > 0.0 {
        arrangement::remove(mixture, k);
    }
}
