//! The present time, large: the state, what everybody makes of it, and the end point.

use eframe::egui::{Align2, Color32, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, vec2};

use super::{GAP, Trajectory, film::Row};
use crate::{
    data::Shape,
    engine::{
        report::significant,
        worker::{SetCard, trace::Request},
    },
    gui::{
        theme::{self, palette, size},
        widget::{self, write},
    },
};

/// Height of the names above.
const NAME: f32 = 24.0;
/// Height of the lines above and below a picture.
pub(super) const WORDS: f32 = NAME + 20.0;
/// Least and greatest side of a picture.
const SIDES: [f32; 2] = [96.0, 320.0];
/// Most room between pictures.
const MOST_GAP: f32 = 96.0;

/// A picture and what is written around it.
struct Card {
    row: Row,
    step: usize,
    name: String,
    /// After the name, where all cards have room for theirs.
    symbol: &'static str,
    colour: Color32,
    caption: String,
    hint: &'static str,
}

impl Card {
    fn title(&self) -> String {
        format!("{} {}", self.name, self.symbol)
    }

    /// Whether the name and the symbol fit into one line of so many points.
    fn fits(&self, ui: &Ui, width: f32) -> bool {
        let font = theme::strong(size::BODY);
        ui.painter().layout_no_wrap(self.title(), font, self.colour).size().x <= width
    }
}

impl Trajectory {
    /// The pictures, `room` points high without their words.
    pub(super) fn pictures(
        &mut self,
        ui: &mut Ui,
        set: &SetCard,
        shape: Shape,
        request: &Request,
        room: f32,
    ) {
        let cards = self.cards(ui, set, request);
        // Where there is no room for all side by side, in rows.
        let across = ((ui.available_width() + GAP) / (SIDES[0] + GAP)).floor().max(1.0);
        let count = across.min(cards.len() as f32);
        let width = (ui.available_width() - GAP * (count - 1.0)) / count;
        // Whole pixels for each value, or squares come out uneven.
        let (pixel, ratio) = (ui.pixels_per_point(), shape.height as f32 / shape.width as f32);
        let side = width.min(room / ratio).clamp(SIDES[0], SIDES[1]);
        let scale = (side * pixel / shape.width as f32).floor().max(1.0) / pixel;
        let side = vec2(shape.width as f32, shape.height as f32) * scale;
        let has_symbols = cards.iter().all(|card| card.fits(ui, side.x));
        for (i, row) in cards.chunks(count as usize).enumerate() {
            if i > 0 {
                ui.add_space(GAP);
            }
            ui.horizontal(|ui| {
                let left = ui.available_width() - count * side.x;
                ui.spacing_mut().item_spacing.x = (left / (count - 1.0).max(1.0)).min(MOST_GAP);
                for card in row {
                    self.card(ui, card, has_symbols, shape, side);
                }
            });
        }
    }

    fn cards(&self, ui: &Ui, set: &SetCard, request: &Request) -> Vec<Card> {
        let colours = palette(ui);
        let step = self.player.step(request.intervals);
        let error = |model: usize| match self.film.error(model, step) {
            Some(error) => format!("error {}", significant(error)),
            None => String::new(),
        };
        let mut cards: Vec<Card> = Row::all(set)
            .into_iter()
            .map(|row| {
                let colour = row
                    .model()
                    .map_or(colours.ink, |model| theme::method(ui, &set.cards[model].title, model));
                let (name, symbol, hint) = match row {
                    Row::State => ("State", "x_t", STATE),
                    Row::Denoised => ("Teacher", "x0_hat", DENOISED),
                    Row::Student(_) => (row.title(set), "f(x_t, t)", STUDENT),
                };
                Card {
                    row,
                    step,
                    name: name.to_owned(),
                    symbol,
                    colour,
                    caption: row.model().map_or_else(String::new, error),
                    hint,
                }
            })
            .collect();
        if let Some(station) = self.film.stations.get(step) {
            cards[0].caption = format!("shown ÷ {}", significant(station.reach()));
        }
        let class = request.label(request.row, set.classes);
        let caption = if set.classes > 0 {
            format!("class: {}", set.class_name(class))
        } else {
            String::new()
        };
        cards.push(Card {
            row: Row::State,
            step: request.intervals,
            name: "End point".into(),
            symbol: "x_0",
            colour: colours.ink,
            caption,
            hint: END,
        });
        cards
    }

    fn card(&mut self, ui: &mut Ui, card: &Card, has_symbol: bool, shape: Shape, side: Vec2) {
        let colours = palette(ui);
        let (rect, response) = ui.allocate_exact_size(side + vec2(0.0, WORDS), Sense::hover());
        let whole = card.title();
        let font = theme::strong(size::BODY);
        let name = if has_symbol { &whole } else { &card.name };
        widget::write_within(ui, rect.left_top(), side.x, name, font, card.colour);
        let frame = Rect::from_min_size(rect.left_top() + vec2(0.0, NAME), side);
        self.film.paint(ui, card.row, card.step, shape, frame);
        let edge = Stroke::new(1.0, colours.hairline);
        ui.painter().rect_stroke(frame, 0.0, edge, StrokeKind::Outside);
        let place = frame.left_bottom() + vec2(0.0, 4.0);
        let font = theme::plain(size::SMALL);
        write(ui, place, Align2::LEFT_TOP, &card.caption, font, colours.muted);
        let label = format!("{whole}, {}", card.caption);
        widget::picture(&response, &label);
        response.on_hover_text(card.hint);
    }
}

const STATE: &str = "The teacher's state at this time. Its values reach further the more noise there is: it is \
                     shown divided by α + 2.5 σ, so that data and two and a half deviations of noise fill the range.";
const DENOISED: &str = "The teacher's guess of the end, the mean of all data that this state may come from. \
                        The error is the mean square distance to the end point.";
const STUDENT: &str = "The student's jump from this state to the end. The error is the mean square distance to \
                       the end point.";
const END: &str = "Where the teacher's path ends: what a perfect student would show at every time.";
