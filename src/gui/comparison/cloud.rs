//! A plot's points as one mesh, kept until something that it shows is another.
//!
//! As circles, thousands of them would be cut into triangles in every frame.

use std::sync::Arc;

use eframe::egui::{
    Color32, ColorImage, Context, Mesh, Pos2, Rect, Shape, TextureHandle, TextureOptions, Vec2,
    vec2,
};

use crate::gui::picture::WHOLE;

/// Radius of a point, in points.
const POINT: f32 = 1.6;
/// Texels of a disc for each pixel: with as many as pixels its edge would be blurred.
const TEXELS: f32 = 1.25;

/// What a mesh was made for.
#[derive(Clone, Copy, PartialEq)]
struct Key {
    plot: Rect,
    /// Half the plot's side, in data units.
    reach: f32,
    colour: Color32,
    points: usize,
    pixels_per_point: f32,
}

/// See the module. It tells values apart by their number alone: others need another cloud.
#[derive(Default)]
pub(super) struct Cloud {
    key: Option<Key>,
    disc: Option<TextureHandle>,
    mesh: Arc<Mesh>,
}

impl Cloud {
    /// Points around 0, from which the edges are `reach` data units away.
    pub(super) fn shape(
        &mut self,
        context: &Context,
        values: &[f32],
        plot: Rect,
        reach: f32,
        colour: Color32,
    ) -> Shape {
        let (points, pixels_per_point) = (values.len() / 2, context.pixels_per_point());
        let key = Key { plot, reach, colour, points, pixels_per_point };
        if self.key != Some(key) {
            self.mesh = Arc::new(self.draw(context, values, key));
            self.key = Some(key);
        }
        Shape::Mesh(self.mesh.clone())
    }

    /// A square with a disc in it for each point.
    fn draw(&mut self, context: &Context, values: &[f32], key: Key) -> Mesh {
        let radius = TEXELS * POINT * key.pixels_per_point;
        let image = disc(context, radius);
        let side = POINT / radius * image.width() as f32;
        let texture = self.disc.get_or_insert_with(|| {
            context.load_texture("point", ColorImage::default(), TextureOptions::LINEAR)
        });
        texture.set(image, TextureOptions::LINEAR);
        let mut mesh = Mesh::with_texture(texture.id());
        for point in values.chunks_exact(2) {
            let middle = place(key.plot, key.reach, point);
            let square = Rect::from_center_size(middle, Vec2::splat(side));
            mesh.add_rect_with_uv(square, WHOLE, key.colour);
        }
        mesh
    }
}

/// Where a point lies in a plot.
pub(super) fn place(plot: Rect, reach: f32, point: &[f32]) -> Pos2 {
    plot.center() + vec2(point[0], -point[1]) * (plot.width() / 2.0 / reach)
}

/// A white disc of a radius in texels, its edge as smooth as those of egui's own discs.
fn disc(context: &Context, radius: f32) -> ColorImage {
    let options = context.global_style().visuals.text_options;
    let half = (radius + 0.5).ceil() as i32;
    let squares = (-half..=half).flat_map(|y| (-half..=half).map(move |x| x * x + y * y));
    let texels = squares.map(|square| {
        let coverage = radius + 0.5 - (square as f32).sqrt();
        options.color_transfer_function.color_from_coverage(coverage)
    });
    ColorImage::new([(2 * half + 1) as usize; 2], texels.collect())
}

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;

    use super::*;

    #[test]
    fn a_mesh_is_kept_until_something_that_it_shows_is_another() {
        let (context, mut cloud) = (Context::default(), Cloud::default());
        let mut mesh = |values: &[f32], plot: Rect, reach: f32, colour: Color32| {
            let shape = cloud.shape(&context, values, plot, reach, colour);
            let Shape::Mesh(mesh) = shape else { panic!("{shape:?}") };
            mesh
        };
        let plot = Rect::from_min_size(pos2(10.0, 20.0), Vec2::splat(100.0));
        let values: [f32; 4] = [1.0, 0.0, 0.0, -1.0];
        let first = mesh(&values, plot, 2.0, Color32::RED);
        assert_eq!(first.vertices.len(), 8);
        // 50 points are two data units, and the first point lies one to the right of the middle.
        let [corner, opposite] = [0, 3].map(|i| first.vertices[i].pos);
        assert!(corner.lerp(opposite, 0.5).distance(pos2(85.0, 70.0)) < 1e-3);
        assert!(Arc::ptr_eq(&first, &mesh(&values, plot, 2.0, Color32::RED)));

        let mut kept = first;
        let others = [
            (&values[..2], plot, 2.0, Color32::RED),
            (&values[..], plot, 2.0, Color32::RED),
            (&values[..], plot.translate(vec2(0.0, 1.0)), 2.0, Color32::RED),
            (&values[..], plot, 1.0, Color32::RED),
            (&values[..], plot, 1.0, Color32::BLUE),
        ];
        for (values, plot, reach, colour) in others {
            let other = mesh(values, plot, reach, colour);
            assert!(!Arc::ptr_eq(&kept, &other));
            kept = other;
        }
    }
}
