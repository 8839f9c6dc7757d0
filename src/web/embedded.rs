//! The page within another one: keys and wheel that it has no use for go on to the page around it.
//!
//! A canvas that takes every Tab and wheel ends that page's own scrolling and order of focus.

use std::cell::{Cell, OnceCell};

use eframe::egui::{Context, Event, Pos2, Vec2, WidgetRect};
use web_sys::HtmlCanvasElement;

/// Points within which the wheel is thought to find what it found before.
const NEAR: f32 = 16.0;

/// What is passed on, and what is not. All of it is the program's while the page stands alone.
pub(super) struct Embedded {
    canvas: HtmlCanvasElement,
    /// Known once the program starts.
    context: OnceCell<Context>,
    holds: Cell<bool>,
    had_focus: Cell<bool>,
    /// Where the wheel turned last, and whether something scrolled there.
    turned: Cell<Option<(Pos2, bool)>>,
    /// What the canvas says of Tab.
    exits: Cell<[bool; 2]>,
}

impl Embedded {
    pub(super) fn new(canvas: HtmlCanvasElement) -> Self {
        Self {
            canvas,
            context: OnceCell::new(),
            holds: Cell::new(false),
            had_focus: Cell::new(false),
            turned: Cell::new(None),
            exits: Cell::new([false; 2]),
        }
    }

    /// The program starts.
    pub(super) fn begin(&self, context: &Context) {
        // It starts once.
        self.context.set(context.clone()).ok();
    }

    /// Whether the browser is to leave an event to the program alone.
    pub(super) fn keeps(&self, event: &Event) -> bool {
        let Some(context) = self.context.get().filter(|_| self.holds.get()) else { return true };
        match event {
            // With Ctrl it would zoom the page around.
            Event::MouseWheel { modifiers, .. } if !modifiers.ctrl => self.scrolls(context),
            _ => true,
        }
    }

    /// Whether something scrolls under the mouse, as far as the wheel has found out. At a new place its first turn
    /// is the program's: what a browser once scrolls itself, it does not ask about again.
    fn scrolls(&self, context: &Context) -> bool {
        let place = context.input(|input| input.pointer.hover_pos());
        match (self.turned.get(), place) {
            (Some((before, scrolled)), Some(place)) if before.distance(place) < NEAR => scrolled,
            _ => true,
        }
    }

    /// Notes before a frame whether this is a page within another one.
    pub(super) fn follow(&self, context: &Context, is_embedded: bool) {
        self.holds.set(is_embedded);
        let has_focus = context.input(|input| input.focused);
        if self.had_focus.replace(has_focus) && !has_focus && is_embedded {
            // Whoever comes back by Tab begins at the first control again, or would leave at once.
            context.memory_mut(|memory| {
                if let Some(id) = memory.focused() {
                    memory.surrender_focus(id);
                }
            });
        }
    }

    /// Notes after a frame what became of the wheel, which was `before`, and where Tab leads from here.
    pub(super) fn look(&self, context: &Context, before: Vec2) {
        let (place, left) =
            context.input(|input| (input.pointer.hover_pos(), input.smooth_scroll_delta()));
        if let Some(place) = place.filter(|_| before != Vec2::ZERO) {
            self.turned.set(Some((place, left != before)));
        }
        let exits = if self.holds.get() { exits(context) } else { [false; 2] };
        if self.exits.replace(exits) != exits {
            let [backward, forward] = exits;
            let said = [(backward, "backward"), (forward, "forward")];
            let said = said.iter().filter(|(is_exit, _)| *is_exit).map(|(_, way)| *way);
            let said = said.collect::<Vec<_>>().join(" ");
            // Where the document refuses it, Tab goes round.
            self.canvas.set_attribute("data-exits", &said).ok();
        }
    }
}

/// Whether Tab would begin again at the other end from here, backward and forward.
fn exits(context: &Context) -> [bool; 2] {
    let Some(focused) = context.memory(|memory| memory.focused()) else { return [false; 2] };
    context.viewport(|viewport| {
        let mut ends = viewport.prev_pass.widgets.layers().filter_map(|(_, own)| {
            let is_stop = |widget: &&WidgetRect| widget.enabled && widget.sense.is_focusable();
            let mut stops = own.iter().filter(is_stop).map(|widget| widget.id);
            let first = stops.next()?;
            Some([first, stops.last().unwrap_or(first)])
        });
        match (ends.next(), ends.next()) {
            (Some(ends), None) => ends.map(|end| end == focused),
            // What lies over the view, such as a list, is gone through as well.
            _ => [false; 2],
        }
    })
}
