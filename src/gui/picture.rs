//! A sample on screen: from tensor memory where the window draws on the worker's device, else as a texture.

use std::sync::OnceLock;

use eframe::{
    egui::{
        Color32, PaintCallbackInfo, Painter, Rect, Stroke, StrokeKind, TextureHandle, TextureId,
        Ui, pos2,
    },
    egui_wgpu::{Callback, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor},
    wgpu,
};

use super::theme::palette;
use crate::{
    data::Shape,
    picture::gpu::{Drawing, Pipelines, Place, Ready, Tile},
};

/// The whole of a texture.
pub(super) const WHOLE: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(1.0, 1.0) };

/// Lets a window draw from the memory of its own device: true where it can.
pub(super) fn install(window: &RenderState) -> bool {
    let pipelines = Pipelines::new(&window.device, window.target_format);
    let can = pipelines.is_some();
    if let Some(pipelines) = pipelines {
        window.renderer.write().callback_resources.insert(pipelines);
    }
    can
}

/// A picture, wherever its values are.
#[derive(Clone)]
pub(super) enum Picture {
    /// A part of a texture.
    Texture(TextureId, Rect),
    /// Lent memory.
    Drawing(Drawing),
}

impl Picture {
    /// A sample of `shape` that is alone in its texture.
    pub(super) fn whole(texture: &TextureHandle) -> Self {
        Self::Texture(texture.id(), WHOLE)
    }

    /// Sample `row` of those below each other in a texture, if there are that many.
    pub(super) fn row(texture: &TextureHandle, row: usize, shape: Shape) -> Option<Self> {
        let height = shape.height as f32 / texture.size()[1] as f32;
        let part =
            Rect::from_x_y_ranges(0.0..=1.0, row as f32 * height..=(row + 1) as f32 * height);
        (part.bottom() <= 1.0 + 1e-3).then(|| Self::Texture(texture.id(), part))
    }

    /// Fills `rect`.
    pub(super) fn paint(&self, painter: &Painter, rect: Rect, strength: f32) {
        match self {
            Self::Texture(texture, part) => {
                painter.image(*texture, rect, *part, Color32::WHITE.gamma_multiply(strength));
            }
            Self::Drawing(drawing) => paint(painter, rect, drawing.clone(), strength),
        }
    }

    /// [`Self::paint`], with a thin frame around.
    pub(super) fn framed(&self, ui: &Ui, rect: Rect, strength: f32) {
        self.paint(ui.painter(), rect, strength);
        let edge = Stroke::new(1.0, palette(ui).hairline);
        ui.painter().rect_stroke(rect, 0.0, edge, StrokeKind::Outside);
    }

    /// `self` left of `seam`, a share of the width, and `other` right of it.
    pub(super) fn wipe(&self, other: &Self, painter: &Painter, rect: Rect, seam: f32) {
        if let (Self::Drawing(Drawing::Sample(own)), Self::Drawing(Drawing::Sample(other))) =
            (self, other)
        {
            let tiles: [Tile; 2] = [own.clone(), other.clone()];
            return paint(painter, rect, Drawing::Wipe(tiles, seam), 1.0);
        }
        self.paint(painter, rect, 1.0);
        let covered = rect.with_min_x(rect.left() + rect.width() * seam);
        other.paint(&painter.with_clip_rect(covered.intersect(painter.clip_rect())), rect, 1.0);
    }
}

/// Fills `rect` with what a shader draws.
pub(super) fn paint(painter: &Painter, rect: Rect, drawing: Drawing, strength: f32) {
    let painted = Painted { drawing, rect, strength, ready: OnceLock::new() };
    painter.add(Callback::new_paint_callback(rect, painted));
}

/// A drawing on its way to the screen.
struct Painted {
    drawing: Drawing,
    rect: Rect,
    strength: f32,
    ready: OnceLock<Ready>,
}

impl CallbackTrait for Painted {
    fn prepare(
        &self,
        device: &wgpu::Device,
        _: &wgpu::Queue,
        screen: &ScreenDescriptor,
        _: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let Some(pipelines) = resources.get::<Pipelines>() else { return Vec::new() };
        let Rect { min, max } = self.rect;
        // Whole pixels, as everything else on screen that has edges.
        let edges = [min.x, min.y, max.x, max.y].map(|at| (at * screen.pixels_per_point).round());
        let place = Place { edges, target: screen.size_in_pixels, strength: self.strength };
        self.ready.get_or_init(|| pipelines.prepare(device, &self.drawing, place));
        Vec::new()
    }

    fn paint(
        &self,
        info: PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        _: &CallbackResources,
    ) {
        let Some(ready) = self.ready.get() else { return };
        // The viewport that comes with a callback ends at the screen's edge and would squeeze what is
        // scrolled half out of sight.
        let [width, height] = info.screen_size_px.map(|side| side as f32);
        pass.set_viewport(0.0, 0.0, width, height, 0.0, 1.0);
        ready.draw(pass);
    }
}
