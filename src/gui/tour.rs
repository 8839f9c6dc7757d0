//! The first-run tour: five short cards that say what one is looking at, each beside what it speaks of.

use eframe::egui::{
    Align2, Area, Button, Color32, Context, Id, LayerId, Order, Pos2, Rect, RichText, Stroke,
    StrokeKind, Ui, Vec2, pos2,
};

use super::{
    theme::{self, UNIT, palette, size},
    widget,
};
use crate::platform::HAS_FOLDERS;

/// Where things were drawn, for the tour to point at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Landmarks {
    pub(super) tabs: Rect,
    pub(super) panel: Rect,
    pub(super) body: Rect,
    /// The parts of the body with cells and with figures.
    pub(super) cells: Rect,
    pub(super) figures: Rect,
}

impl Default for Landmarks {
    /// Nothing drawn so far.
    fn default() -> Self {
        let nothing = Rect::NOTHING;
        Self { tabs: nothing, panel: nothing, body: nothing, cells: nothing, figures: nothing }
    }
}

/// Between what a card speaks of and the frame around it, in points: no frame cuts what it is about.
const MARGIN: f32 = 6.0;

/// What a card is about.
#[derive(Clone, Copy, Debug)]
enum Place {
    Tabs,
    Panel,
    Cells,
    Figures,
}

const CARDS: [(Place, &str, &str); 5] = [
    (
        Place::Cells,
        "From noise to samples",
        "Every sampler starts from the same noises z. The teacher follows its ODE from there in many \
         steps; the students were distilled to jump to the same end in one.",
    ),
    (
        Place::Cells,
        "Two ways to learn it",
        "A CM learns from its own output one teacher step ahead, a Direct CM from the teacher's whole \
         solution; Strong, where there is one, is a Direct CM with all that helps. Point at a cell to see \
         it large, click to keep it.",
    ),
    (
        Place::Figures,
        "Measured, not judged by eye",
        "The ODE error says how far a student is from the teacher's solution. Whether its samples are \
         good is another question: the tab Paradox sets one against the other.",
    ),
    (
        Place::Panel,
        "Everything can be changed",
        "Models, noise, class, solver, steps. A change shows its first pictures at once and goes on \
         measuring; nothing has to be waited for.",
    ),
    (
        Place::Tabs,
        "Further in",
        if HAS_FOLDERS {
            "Follow one noise along the ODE, distil students in the plane while you watch, compare \
             solvers, train models of your own."
        } else {
            "Follow one noise along the ODE, distil students in the plane while you watch, compare solvers."
        },
    ),
];

/// The tour, while it lasts.
#[derive(Debug, Default)]
pub(super) struct Tour {
    card: Option<usize>,
}

impl Tour {
    /// From the first card.
    pub(super) fn start(&mut self) {
        self.card = Some(0);
    }

    /// Ends it; whether it was on.
    pub(super) fn end(&mut self) -> bool {
        self.card.take().is_some()
    }

    /// Keeps hints closed while the card is there: they would open over it.
    pub(super) fn hush(&self, context: &Context, is_there: bool) {
        theme::show_hints(context, !is_there || self.card.is_none());
    }

    /// Draws the card over everything else.
    pub(super) fn ui(&mut self, context: &Context, landmarks: &Landmarks) {
        let Some(number) = self.card else { return };
        let (place, title, text) = CARDS[number];
        let target = place.rect(landmarks);
        spotlight(context, target.expand(MARGIN));
        let (pivot, at) = place.beside(target, landmarks.body);
        let area = Area::new(Id::unique("tour")).order(Order::Tooltip).pivot(pivot).fixed_pos(at);
        area.show(context, |ui| {
            let frame = theme::card(ui, 16).shadow(ui.visuals().window_shadow);
            frame.show(ui, |ui| {
                ui.set_width(300.0);
                ui.label(RichText::new(title).font(theme::strong(size::HEADING)));
                ui.add_space(UNIT);
                ui.label(text);
                ui.add_space(2.0 * UNIT);
                ui.horizontal(|ui| self.buttons(ui, number));
            });
        });
    }

    /// On, or out of it.
    fn buttons(&mut self, ui: &mut Ui, number: usize) {
        let colours = palette(ui);
        widget::small(ui, &format!("{} of {}", number + 1, CARDS.len()));
        let last = number + 1 == CARDS.len();
        let text = RichText::new(if last { "Done" } else { "Next" });
        let text = text.font(theme::strong(size::BODY)).color(colours.paper);
        let hint = if last { "Close the tour (Esc)." } else { "The next card." };
        let next = ui.add(Button::new(text).fill(colours.accent)).on_hover_text(hint);
        // Enter goes on, and a screen reader comes to the card.
        if ui.memory(|memory| memory.focused().is_none()) {
            next.request_focus();
        }
        if next.clicked() {
            self.card = (!last).then_some(number + 1);
        }
        let hint = "Close it (Esc); Tour at the top begins it again.";
        let skip = |ui| widget::quiet(ui, "Skip the tour").on_hover_text(hint);
        if !last && skip(ui).clicked() {
            self.card = None;
        }
    }
}

impl Place {
    fn rect(self, landmarks: &Landmarks) -> Rect {
        let body = landmarks.body;
        match self {
            Self::Tabs => landmarks.tabs,
            Self::Panel => landmarks.panel,
            Self::Cells if landmarks.cells.is_positive() => landmarks.cells,
            Self::Cells => body,
            Self::Figures if landmarks.figures.is_positive() => landmarks.figures,
            // They are scrolled out of sight, or not there yet.
            Self::Figures => body.with_min_y(body.bottom() - 0.2 * body.height()),
        }
    }

    /// Which corner of the card stands where: away from the first cells, where these fill the body.
    fn beside(self, target: Rect, body: Rect) -> (Align2, Pos2) {
        match self {
            Self::Tabs => (Align2::LEFT_TOP, target.left_bottom() + Vec2::new(8.0, 12.0)),
            Self::Panel => (Align2::LEFT_TOP, target.right_top() + Vec2::new(12.0, 24.0)),
            Self::Cells => {
                let corner = pos2(body.right(), target.bottom());
                (Align2::RIGHT_BOTTOM, corner - Vec2::splat(16.0))
            }
            Self::Figures => (Align2::LEFT_BOTTOM, target.left_top() + Vec2::new(16.0, -12.0)),
        }
    }
}

/// Dims everything but `target`.
fn spotlight(context: &Context, target: Rect) {
    let layer = LayerId::new(Order::Foreground, Id::unique("spotlight"));
    let painter = context.layer_painter(layer);
    let (all, shade) = (context.content_rect(), Color32::from_black_alpha(70));
    let target = target.intersect(all);
    let strips = [
        Rect::from_min_max(all.min, pos2(all.right(), target.top())),
        Rect::from_min_max(pos2(all.left(), target.bottom()), all.max),
        Rect::from_min_max(pos2(all.left(), target.top()), target.left_bottom()),
        Rect::from_min_max(target.right_top(), pos2(all.right(), target.bottom())),
    ];
    for strip in strips.into_iter().filter(Rect::is_positive) {
        painter.rect_filled(strip, 0.0, shade);
    }
    let accent = context.global_style().visuals.hyperlink_color;
    painter.rect_stroke(target, 4.0, Stroke::new(2.0, accent), StrokeKind::Inside);
}
