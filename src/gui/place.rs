//! Where a person looks within the views: addresses tell it, and there is nothing to undo about it.

use serde::{Deserialize, Serialize};

use crate::engine::worker::{ColumnKey, plane::PROCESS};

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Place {
    /// The share of the trajectory that is done: 0 is pure noise, 1 its end. The same place on every grid.
    pub path: f64,
    /// The time on show in the plane.
    pub time: f64,
    /// The comparison's enlarged cell: model, steps, row, each counted from 0.
    pub cell: Option<[usize; 3]>,
    /// How much of the enlarged cell the teacher covers, from its left: 0 is nothing, 1 all.
    pub wipe: f32,
}

impl Default for Place {
    /// Where noise has just begun to give way, and no cell is enlarged.
    fn default() -> Self {
        Self { path: 0.4, time: 60.0, cell: None, wipe: 0.5 }
    }
}

impl Place {
    /// The nearest place that there is: an address may say anything.
    pub(super) fn nearest(self) -> Self {
        Self {
            path: self.path.clamp(0.0, 1.0),
            time: self.time.clamp(0.0, PROCESS.terminal_time()),
            wipe: self.wipe.clamp(0.0, 1.0),
            ..self
        }
    }

    /// The enlarged cell: its column and row.
    pub(super) fn cell(&self) -> Option<(ColumnKey, usize)> {
        self.cell.map(|[model, steps, row]| (ColumnKey { model, steps }, row))
    }

    /// Enlarges a cell.
    pub(super) fn enlarge(&mut self, key: ColumnKey, row: usize) {
        self.cell = Some([key.model, key.steps, row]);
    }
}
