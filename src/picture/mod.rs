//! Pictures: host pixels for `compare`, `sample` and training, drawn without a device; and the window's,
//! drawn where the values are.
//!
//! Everything but [`gpu`] takes numbers that have left the GPU and returns an [`image::RgbImage`]; nothing
//! reads or writes a file, so that the command line, the window and the page share one look.
//!
//! | module | what it draws |
//! |---|---|
//! | [`mod@grid`] | a batch of images, enlarged, row by row |
//! | [`sheet`] | the comparison: one noise a row, one sampler a column, what each cost below |
//! | [`axis`] | where values and round numbers lie on an axis |
//! | [`dots`] | dots with error bars between two axes, as pixels or as SVG |
//! | [`gpu`] | samples, distances, particles and densities from a GPU's own memory |
//! | [`card`], [`sign`] | the page's link preview, the program's sign |
//! | [`text`] | a line of text |
//! | [`theme`] | the colours that all of them share |

pub mod axis;
mod canvas;
pub mod card;
pub mod dots;
mod drawing;
pub mod gpu;
pub mod grid;
mod scatter;
pub mod sheet;
pub mod sign;
pub mod text;
pub mod theme;

pub use axis::Axis;
pub use dots::{Dot, Dots};
pub use grid::grid;
pub use scatter::points;
pub use sheet::{Cell, Column, Sheet};
