//! Landings of the teacher, solved in blocks and kept.
//!
//! What the teacher does with a draw does not depend on the student. A recipe that goes through a bank
//! of draws several times, or several students that share draws, solve each draw once.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::atomic::{AtomicBool, Ordering},
};

use burn::{
    prelude::*,
    tensor::{ExecutionError, TensorData},
};

use super::{Distillation, Drawn, Paths};
use crate::{data::Dataset, math::seed::Seed, nn::rows_at_once, solver::host};

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
    /// A stop was asked for while the teacher solved; nothing of that is kept.
    #[error("stopped")]
    Stopped,
}

/// The draws of one recipe and where the teacher takes them.
pub struct Bank<'a> {
    /// Teacher and solver.
    pub distillation: &'a Distillation<'a>,
    /// Clean data.
    pub data: &'a dyn Dataset,
    /// The teacher's paths.
    pub paths: Paths<'a>,
    /// Seed of the draws.
    pub seed: Seed,
    /// Distinct draws; draw numbers wrap around here. `None`: every draw is new.
    pub size: Option<u64>,
    /// Keeps what was solved, in blocks of [`BLOCK`] draws; used only with a `size`.
    pub blocks: Option<&'a dyn Blocks>,
    /// The block that the last batch ended in.
    pub held: Option<(u64, Vec<f32>)>,
    /// Set where the teacher shall not solve to the end, which can take minutes.
    pub stop: Option<&'a AtomicBool>,
}

/// Draws a block.
pub const BLOCK: u64 = 256;

impl Bank<'_> {
    /// The draws numbered `first..first + batch` (wrapped around) and where the teacher takes them, `[batch, d]`.
    pub async fn batch(
        &mut self,
        first: u64,
        batch: usize,
        device: &Device,
    ) -> Result<(Drawn, Tensor<2>), BankError> {
        let size = self.size.unwrap_or(u64::MAX);
        let drawn = self.draw((first..first + batch as u64).map(|i| i % size), device);
        let (Some(_), Some(kept)) = (self.size, self.blocks) else {
            let landed = self.land(&drawn)?;
            return Ok((drawn, landed));
        };
        // Rows are sorted by path length: those of two blocks alternate.
        let mut blocks: BTreeMap<u64, Vec<f32>> = self.held.take().into_iter().collect();
        let d = self.data.dims();
        let mut values = Vec::with_capacity(batch * d);
        for draw in &drawn.draws {
            let (number, row) = (draw.index / BLOCK, (draw.index % BLOCK) as usize * d);
            if let Entry::Vacant(vacant) = blocks.entry(number) {
                vacant.insert(self.block(kept, number, device).await?);
            }
            values.extend_from_slice(&blocks[&number][row..row + d]);
        }
        // The next batch goes on in the block of this one's last draw.
        let last = (first + batch as u64).saturating_sub(1) % size / BLOCK;
        self.held = blocks.remove_entry(&last);
        let landed = Tensor::from_data(TensorData::new(values, [batch, d]), device);
        Ok((drawn, landed))
    }

    fn draw(&self, indices: impl Iterator<Item = u64>, device: &Device) -> Drawn {
        Drawn::new(self.seed, indices, self.data, self.paths, device)
    }

    /// Landings of a block in the order of draw numbers: kept, or solved now.
    async fn block(
        &self,
        kept: &dyn Blocks,
        block: u64,
        device: &Device,
    ) -> Result<Vec<f32>, BankError> {
        if let Some(values) = kept.read(block) {
            return Ok(values);
        }
        let values = self.solve(block, device).await?;
        kept.write(block, &values).map_err(BankError::Keep)?;
        // Read back, so that a run that finds the block and one that made it see the same rounding.
        Ok(kept.read(block).unwrap_or(values))
    }

    /// Where the teacher takes these draws, unless it is stopped.
    fn land(&self, drawn: &Drawn) -> Result<Tensor<2>, BankError> {
        let goes_on = || self.stop.is_none_or(|stop| !stop.load(Ordering::Relaxed));
        self.distillation.land_while(drawn, goes_on).ok_or(BankError::Stopped)
    }

    async fn solve(&self, block: u64, device: &Device) -> Result<Vec<f32>, BankError> {
        let d = self.data.dims();
        let mut values = vec![0.0f32; BLOCK as usize * d];
        let (begin, end) = (block * BLOCK, (block + 1) * BLOCK);
        for first in (begin..end).step_by(rows_at_once(d)) {
            let part = self.draw(first..end.min(first + rows_at_once(d) as u64), device);
            let solved = host(self.land(&part)?).await?;
            for (row, draw) in solved.chunks(d).zip(&part.draws) {
                let at = (draw.index % BLOCK) as usize * d;
                values[at..at + d].copy_from_slice(row);
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::{
        data::{Mixture, Points},
        diffusion::{Denoiser, Method, MixtureDenoiser},
        distill::{Horizon, Loss, Starts, Weighting},
        math::{grid::TimeGrid, schedule::Process},
    };

    /// The numbers of the blocks read, of blocks that are all there.
    struct Reads(Mutex<Vec<u64>>);

    impl Blocks for Reads {
        fn read(&self, block: u64) -> Option<Vec<f32>> {
            self.0.lock().expect("one thread").push(block);
            Some(vec![block as f32; 2 * BLOCK as usize])
        }

        fn write(&self, _: u64, _: &[f32]) -> Result<(), String> {
            Err("nothing has to be solved".into())
        }
    }

    #[test]
    fn a_batch_reads_each_of_its_blocks_once_and_the_next_goes_on_in_the_last() {
        let mixture = Mixture::named("ring").expect("known");
        let teacher = MixtureDenoiser::of(&mixture, Process::ScaledLinear);
        let (ode, reads) = (Method::Ddim.parts(), Reads(Mutex::default()));
        let mut bank = Bank {
            distillation: &Distillation {
                teacher: &teacher,
                ode: &ode,
                loss: Loss::L2,
                weighting: Weighting::Uniform,
            },
            data: &Points { mixture, seed: Seed(0), count: 100 },
            paths: Paths {
                process: Process::ScaledLinear,
                grid: &TimeGrid::uniform(10).expect("a divisor of 1000"),
                starts: Starts::Uniform,
                horizon: Horizon::Full,
            },
            seed: Seed(1),
            size: Some(2 * BLOCK),
            blocks: Some(&reads),
            held: None,
            stop: None,
        };
        // Within a block, across its edge, and around the end of the bank.
        for first in [0, BLOCK - 32, BLOCK + 32, 2 * BLOCK - 32, 2 * BLOCK + 32] {
            let batch = pollster::block_on(bank.batch(first, 64, &Device::flex()));
            let (drawn, landed) = batch.expect("every block is there");
            let found: Vec<f32> = landed.into_data().iter::<f32>().collect();
            for (row, draw) in found.chunks(2).zip(&drawn.draws) {
                assert_eq!(row, [(draw.index / BLOCK) as f32; 2]);
            }
        }
        assert_eq!(*reads.0.lock().expect("one thread"), [0, 1, 0]);
    }

    /// Images of more values than a block of them is solved at once with.
    struct Wide;

    impl Dataset for Wide {
        fn dims(&self) -> usize {
            20_000
        }
        fn len(&self) -> usize {
            1000
        }
        fn label(&self, _: usize) -> u32 {
            0
        }
        fn read(&self, index: usize, out: &mut [f32]) {
            out.fill(index as f32);
        }
    }

    /// Takes half of every value for noise.
    struct Halving;

    impl Denoiser for Halving {
        fn denoise(&self, x: Tensor<2>, _: &[f64], _: &[u32]) -> Tensor<2> {
            x * 0.5
        }
        fn process(&self) -> Process {
            Process::ScaledLinear
        }
    }

    /// Keeps nothing.
    struct Nowhere;

    impl Blocks for Nowhere {
        fn read(&self, _: u64) -> Option<Vec<f32>> {
            None
        }
        fn write(&self, _: u64, _: &[f32]) -> Result<(), String> {
            Ok(())
        }
    }

    #[test]
    fn a_block_of_large_images_is_solved_in_parts_to_the_same_landings() {
        assert!(rows_at_once(Wide.dims()) < BLOCK as usize);
        let ode = Method::Ddim.parts();
        let distillation = Distillation {
            teacher: &Halving,
            ode: &ode,
            loss: Loss::L2,
            weighting: Weighting::Uniform,
        };
        let mut bank = Bank {
            distillation: &distillation,
            data: &Wide,
            paths: Paths {
                process: Process::ScaledLinear,
                grid: &TimeGrid::uniform(4).expect("a divisor of 1000"),
                starts: Starts::Uniform,
                horizon: Horizon::Full,
            },
            seed: Seed(1),
            size: Some(BLOCK),
            blocks: Some(&Nowhere),
            held: None,
            stop: None,
        };
        let batch = pollster::block_on(bank.batch(0, BLOCK as usize, &Device::flex()));
        let (drawn, landed) = batch.expect("solved");
        let whole = distillation.land(&drawn).into_data();
        assert_eq!(landed.into_data(), whole);
    }
}
