//! Landings of the teacher, solved in blocks and kept.
//!
//! What the teacher does with a draw does not depend on the student. A recipe that goes through a bank
//! of draws several times, or several students that share draws, solve each draw once.

use burn::{
    prelude::*,
    tensor::{ExecutionError, TensorData},
};

use super::{Distillation, Drawn, Horizon, Landing};
use crate::{
    data::Dataset,
    math::{grid::TimeGrid, seed::Seed},
};

/// Where blocks of landings are kept: a folder, or memory in tests.
pub trait Blocks: Send {
    /// Landings of block `block`, row-major, if they were kept whole.
    fn read(&self, block: u64) -> Option<Vec<f32>>;

    /// Keeps a block; a sentence says why it could not be.
    fn write(&self, block: u64, values: &[f32]) -> Result<(), String>;
}

/// Why landings are not there.
#[derive(Debug, thiserror::Error)]
pub enum BankError {
    /// The device did not answer.
    #[error("the device could not be read: {0}")]
    Device(#[from] ExecutionError),
    /// The cache refused a block.
    #[error("teacher targets could not be kept: {0}")]
    Keep(String),
}

/// The draws of one recipe and where the teacher takes them.
pub struct Bank<'a> {
    /// Teacher and solver.
    pub distillation: &'a Distillation<'a>,
    /// Clean data.
    pub data: &'a dyn Dataset,
    /// The teacher's grid.
    pub grid: &'a TimeGrid,
    /// Teacher steps a draw.
    pub horizon: Horizon,
    /// Seed of the draws.
    pub seed: Seed,
    /// Distinct draws; draw numbers wrap around here. `None`: every draw is new.
    pub size: Option<u64>,
    /// Keeps what was solved, in blocks of [`BLOCK`] draws; used only with a `size`.
    pub blocks: Option<&'a dyn Blocks>,
    /// The block read last.
    pub held: Option<(u64, Vec<f32>)>,
}

/// Draws a block.
pub const BLOCK: u64 = 256;

impl Bank<'_> {
    /// The draws numbered `first..first + batch` (wrapped around) and their landings.
    pub async fn batch(
        &mut self,
        first: u64,
        batch: usize,
        device: &Device,
    ) -> Result<(Drawn, Landing), BankError> {
        let size = self.size.unwrap_or(u64::MAX);
        let drawn = self.draw((first..first + batch as u64).map(|i| i % size), device);
        if self.size.is_none() || self.blocks.is_none() {
            let landing = self.distillation.land(&drawn);
            return Ok((drawn, landing));
        }
        let d = self.data.dims();
        let mut values = Vec::with_capacity(batch * d);
        for draw in &drawn.draws {
            let row = (draw.index % BLOCK) as usize * d;
            let block = self.block(draw.index / BLOCK, device).await?;
            values.extend_from_slice(&block[row..row + d]);
        }
        let state = Tensor::from_data(TensorData::new(values, [batch, d]), device);
        let times = drawn.draws.iter().map(|draw| draw.landing_time()).collect();
        Ok((drawn, Landing { state, times }))
    }

    fn draw(&self, indices: impl Iterator<Item = u64>, device: &Device) -> Drawn {
        Drawn::new(self.seed, indices, self.data, self.grid, self.horizon, device)
    }

    /// Landings of a block in the order of draw numbers: held, kept, or solved now.
    async fn block(&mut self, block: u64, device: &Device) -> Result<&[f32], BankError> {
        if self.held.as_ref().is_none_or(|(number, _)| *number != block) {
            let kept = self.blocks.and_then(|blocks| blocks.read(block));
            let values = match kept {
                Some(values) => values,
                None => self.solve(block, device).await?,
            };
            self.held = Some((block, values));
        }
        Ok(&self.held.as_ref().expect("set above").1)
    }

    async fn solve(&self, block: u64, device: &Device) -> Result<Vec<f32>, BankError> {
        let d = self.data.dims();
        let drawn = self.draw(block * BLOCK..(block + 1) * BLOCK, device);
        let solved = self.distillation.land(&drawn).state.into_data_async().await?;
        let solved: Vec<f32> = solved.iter::<f32>().collect();
        let mut values = vec![0.0f32; solved.len()];
        for (row, draw) in solved.chunks(d).zip(&drawn.draws) {
            let at = (draw.index % BLOCK) as usize * d;
            values[at..at + d].copy_from_slice(row);
        }
        if let Some(blocks) = self.blocks {
            blocks.write(block, &values).map_err(BankError::Keep)?;
            // Read back, so that a run that finds the block and one that made it see the same rounding.
            if let Some(kept) = blocks.read(block) {
                values = kept;
            }
        }
        Ok(values)
    }
}
