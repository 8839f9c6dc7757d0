//! The samples themselves: each solver at the chosen number of intervals beside the reference.

use std::{collections::BTreeMap, slice};

use eframe::egui::{
    Align2, Color32, Context, Pos2, Rect, ScrollArea, Sense, Stroke, StrokeKind, TextureHandle, Ui,
    Vec2, vec2,
};

use super::{Microscope, MicroscopeSettings, colour, shown_intervals};
use crate::{
    data::Shape,
    diffusion::Method,
    engine::{
        report::significant,
        worker::{
            SetCard,
            converge::{Point, SHOWN},
        },
    },
    gui::{
        picture::Picture,
        texture,
        theme::{self, UNIT, palette, size},
        widget::{self, write},
    },
};

/// Between samples, and between groups of them.
const GAP: f32 = 6.0;
const GROUP_GAP: f32 = 24.0;
/// Height of a group's name.
const HEADER: f32 = 26.0;
/// Height of the words below a group.
const CAPTION: f32 = 34.0;
/// Sides of a sample, in points.
const SIDES: [f32; 2] = [32.0, 96.0];

/// Textures of what is on show.
#[derive(Default)]
pub(super) struct Gallery {
    reference: Option<TextureHandle>,
    /// Samples and distances, by solver and intervals.
    solvers: BTreeMap<(Method, usize), [TextureHandle; 2]>,
}

impl Gallery {
    fn of(
        &mut self,
        context: &Context,
        point: &Point,
        reference: &[f32],
        shape: Shape,
    ) -> &[TextureHandle; 2] {
        self.solvers.entry((point.method, point.intervals)).or_insert_with(|| {
            [
                texture::column(context, "solver", &point.shown, shape),
                texture::difference(context, &point.shown, reference, shape),
            ]
        })
    }
}

impl Microscope {
    /// The reference, then each solver.
    pub(super) fn samples(&mut self, ui: &mut Ui, set: &SetCard, settings: &MicroscopeSettings) {
        if self.reference.is_none() {
            return;
        }
        let intervals = shown_intervals(settings);
        widget::group(ui, &format!("Samples at N = {intervals}"));
        let text = match set.shape {
            Some(_) => {
                "Clean data at the end of each solve, and beside it the distance to the exact solution: \
                 black is none, white is 1 and more. Below them the error there, to that solution."
            }
            None => {
                "Rings are the exact end points, dots where the solver ends. Below them the error there, to the \
                 exact solution."
            }
        };
        widget::small(ui, text);
        ui.add_space(UNIT);
        ScrollArea::horizontal().id_salt("samples").show(ui, |ui| match set.shape {
            Some(shape) => self.images(ui, set, settings, shape),
            None => self.end_points(ui, set, settings),
        });
    }

    fn images(&mut self, ui: &mut Ui, set: &SetCard, settings: &MicroscopeSettings, shape: Shape) {
        let Some(reference) = self.reference.as_ref().map(|found| &found.shown[..]) else {
            return;
        };
        let rows = (reference.len() / shape.len().max(1)).min(SHOWN);
        let groups = set.solvers().len() as f32;
        // The reference is one column, a solver two: the samples and their distances.
        let room = ui.available_width() - groups * (GROUP_GAP + GAP) - 4.0;
        let width = (room / (1.0 + 2.0 * groups)).clamp(SIDES[0], SIDES[1]).floor();
        let side = vec2(width, width * shape.height as f32 / shape.width as f32);
        let height = HEADER + rows as f32 * (side.y + GAP) + CAPTION;
        let size = vec2(width + groups * (GROUP_GAP + GAP + 2.0 * width), height);
        let (area, _) = ui.allocate_exact_size(size, Sense::hover());
        let draw = || texture::column(ui.ctx(), "reference", reference, shape);
        let texture = self.gallery.reference.get_or_insert_with(draw);
        let ink = palette(ui).ink;
        column(ui, area.min, "Reference", ink, slice::from_ref(texture), shape, side);
        let intervals = shown_intervals(settings);
        for (order, method) in set.solvers().into_iter().enumerate() {
            let left = width + GROUP_GAP + order as f32 * (GROUP_GAP + GAP + 2.0 * width);
            let place = area.min + vec2(left, 0.0);
            let own = colour(ui, set, method);
            let Some(point) = self.points.get(&(method, intervals)) else {
                column(ui, place, method.title(), own, &[], shape, side);
                continue;
            };
            let textures = self.gallery.of(ui.ctx(), point, reference, shape);
            let below = column(ui, place, method.title(), own, textures, shape, side);
            caption(ui, below, 2.0 * width + GAP, point);
        }
    }

    /// End points in the plane: rings where they should be, discs where they are.
    fn end_points(&mut self, ui: &mut Ui, set: &SetCard, settings: &MicroscopeSettings) {
        let Some(reference) = &self.reference else { return };
        let groups = set.solvers().len() as f32;
        let room = (ui.available_width() - GAP * 2.0 * (groups - 1.0)) / groups;
        let side = room.clamp(96.0, 280.0).floor();
        let intervals = shown_intervals(settings);
        let size = vec2(groups * (side + 2.0 * GAP), HEADER + side + CAPTION);
        let (area, _) = ui.allocate_exact_size(size, Sense::hover());
        for (order, method) in set.solvers().into_iter().enumerate() {
            let place = area.min + vec2(order as f32 * (side + 2.0 * GAP), 0.0);
            let own = colour(ui, set, method);
            write(ui, place, Align2::LEFT_TOP, method.title(), theme::strong(size::BODY), own);
            let plot = Rect::from_min_size(place + vec2(0.0, HEADER), Vec2::splat(side));
            let point = self.points.get(&(method, intervals));
            plane(ui, plot, &reference.shown, point.map(|point| &point.shown[..]), own);
            if let Some(point) = point {
                caption(ui, plot.left_bottom() + vec2(0.0, 4.0), side, point);
                let error = significant(point.end.exact.mean);
                let sentence = format!(
                    "{}, end points, error at clean data, to the exact solution: {error}",
                    method.title()
                );
                widget::painted(ui, plot, ui.scope_id().with(("end", order)), &sentence);
            }
        }
    }
}

/// A group's name and its columns of samples; returns the place below.
fn column(
    ui: &mut Ui,
    place: Pos2,
    title: &str,
    colour: Color32,
    textures: &[TextureHandle],
    shape: Shape,
    side: Vec2,
) -> Pos2 {
    let rows = textures.first().map_or(0, |texture| texture.size()[1] / shape.height);
    write(ui, place, Align2::LEFT_TOP, title, theme::strong(size::SMALL), colour);
    for row in 0..rows {
        for (number, texture) in textures.iter().enumerate() {
            let corner =
                vec2(number as f32 * (side.x + GAP), HEADER - 4.0 + row as f32 * (side.y + GAP));
            let rect = Rect::from_min_size(place + corner, side);
            let Some(picture) = Picture::row(texture, row, shape) else { continue };
            picture.framed(ui, rect, 1.0);
            let what = if number == 0 { "sample" } else { "distance to the reference" };
            let label = format!("{title}, {what}, noise {}", row + 1);
            let id = ui.scope_id().with((title, row, number));
            let response = widget::painted(ui, rect, id, &label);
            response.on_hover_ui(|ui| {
                ui.label(&label);
                let (rect, _) = ui.allocate_exact_size(side * (160.0 / side.x), Sense::hover());
                picture.paint(ui.painter(), rect, 1.0);
            });
        }
    }
    place + vec2(0.0, HEADER + rows as f32 * (side.y + GAP) - 4.0)
}

/// The error of the samples, at clean data; in as many lines as a group of that width needs.
fn caption(ui: &Ui, place: Pos2, width: f32, point: &Point) {
    let text = format!("at clean data: {}", significant(point.end.exact.mean));
    let colour = palette(ui).muted;
    let galley = ui.painter().layout(text, theme::plain(size::SMALL), colour, width);
    ui.painter().galley(place, galley, colour);
}

/// Half the side of a plot, in data units.
const REACH: f32 = 1.2;

fn plane(ui: &mut Ui, plot: Rect, reference: &[f32], found: Option<&[f32]>, colour: Color32) {
    let colours = palette(ui);
    ui.painter().rect_filled(plot, 4.0, colours.panel);
    ui.painter().rect_stroke(plot, 4.0, Stroke::new(1.0, colours.hairline), StrokeKind::Inside);
    let painter = ui.painter().with_clip_rect(plot);
    let scale = plot.width() / 2.0 / REACH;
    let at = |point: &[f32]| plot.center() + vec2(point[0], -point[1]) * scale;
    for point in reference.chunks_exact(2) {
        painter.circle_stroke(at(point), 4.0, Stroke::new(1.0, colours.muted));
    }
    for (own, other) in found.unwrap_or_default().chunks_exact(2).zip(reference.chunks_exact(2)) {
        painter.line_segment([at(other), at(own)], Stroke::new(1.0, colour.gamma_multiply(0.6)));
        painter.circle_filled(at(own), 2.25, colour);
    }
}
