//! A denoiser's launches on a GPU, recorded for batches of one shape that are evaluated again and again: a solver's, or
//! those of somebody who moves a slider.

use std::{
    cell::RefCell,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak},
};

use burn::prelude::*;

use super::Preconditioning;
use crate::{
    math::precondition::Coefficients,
    nn::{
        Network, NetworkConfig,
        kernel::{
            replay::{Recorder, Slot},
            table::{Table, pack, unpack},
        },
    },
};

/// Batches of one shape that are launched one after the other before the next is recorded, which takes as long as some
/// more of them.
const PATIENCE: usize = 4;
/// Values of the largest batch that is recorded: of more, the host's part in an evaluation is small, and the memory held
/// is not. A CM of `emoji` asks its guided teacher for 2 x 64 images of 3x32x32, which are fewer.
const VALUES: usize = 1 << 19;

/// Recordings that a thread holds at once, those made last, and the values of all their batches: each keeps whole pages of
/// a GPU's memory from others.
const HELD: usize = 4;
const HELD_VALUES: usize = 1 << 20;

/// The recording of a denoiser whose weights stay as they are. Its clones share it.
#[derive(Clone, Default)]
pub struct Replay(Arc<Mutex<State>>);

/// One that recorded.
struct Held {
    state: Weak<Mutex<State>>,
    /// Of a batch.
    values: usize,
}

thread_local! {
    /// On this thread, the latest last.
    static RECORDED: RefCell<Vec<Held>> = const { RefCell::new(Vec::new()) };
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Replay")
    }
}

#[derive(Default)]
struct State {
    /// Of the batches launched last.
    shape: [usize; 2],
    /// How many of them there were, one after the other.
    launched: usize,
    /// Whether the first is recorded at once.
    is_hasty: bool,
    recorder: Recorder<Evaluation, Tensor<2>>,
}

/// Whose evaluations they are.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) network: &'a Network,
    pub(super) config: &'a NetworkConfig,
    pub(super) is_half: bool,
}

/// A batch to denoise: states `[n, d]`, and n of everything else.
#[derive(Clone, Copy)]
pub(super) struct Batch<'a> {
    pub(super) x: &'a Tensor<2>,
    pub(super) affine: &'a [Coefficients],
    pub(super) labels: &'a [u32],
}

impl Batch<'_> {
    fn tables(&self, config: &NetworkConfig) -> [Table; Preconditioning::TABLES] {
        Preconditioning::tables(config, self.affine, self.labels)
    }
}

impl Replay {
    /// Records the first batch of a shape, for a check.
    pub fn at_once() -> Self {
        Self(Arc::new(Mutex::new(State { is_hasty: true, ..State::default() })))
    }

    /// The shape of the batches whose launches are recorded.
    pub fn shape(&self) -> Option<[usize; 2]> {
        self.state().recorder.kept().map(|kept| kept.x.dims())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The denoiser's output where its launches are recorded, or are now.
    pub(super) fn denoise(&self, model: Source<'_>, batch: Batch<'_>) -> Option<Tensor<2>> {
        // While another thread holds it, this one launches.
        let mut state = unheld(&self.0)?;
        let shape @ [n, d] = batch.x.dims();
        let fits = |kept: &Evaluation| kept.fits(model, shape);
        if !state.recorder.stands(fits) && !state.is_due(shape) {
            return None;
        }
        state.launched = 0;
        let is_hasty = state.is_hasty;
        let keep = || {
            let evaluation = Evaluation::new(model, batch)?;
            if !is_hasty {
                self.make_room(n * d);
            }
            Some(evaluation)
        };
        let tell = |kept: &Evaluation| kept.tell(model, batch);
        state.recorder.replay(&batch.x.device(), fits, keep, Evaluation::run, tell)
    }

    /// Has the oldest recordings dropped that are not held beside this one of batches of so many values, and it be the latest.
    fn make_room(&self, values: usize) {
        let state = Arc::downgrade(&self.0);
        RECORDED.with_borrow_mut(|recorded| {
            recorded.retain(|other| other.state.strong_count() > 0 && !other.state.ptr_eq(&state));
            let kept = held_beside(values, recorded.iter().rev().map(|other| other.values));
            let beyond = recorded.len() - kept;
            for other in recorded.drain(..beyond).filter_map(|other| other.state.upgrade()) {
                // One that another thread holds is in use there.
                if let Some(mut other) = unheld(&other) {
                    other.recorder.release();
                    other.launched = 0;
                }
            }
            recorded.push(Held { state, values });
        });
    }
}

/// How many of the `others`, the latest first, are held beside a recording of batches of so many values.
fn held_beside(values: usize, others: impl Iterator<Item = usize>) -> usize {
    let sums = others.scan(values, |sum, values| {
        *sum += values;
        Some(*sum)
    });
    sums.take(HELD - 1).take_while(|&sum| sum <= HELD_VALUES).count()
}

/// What no other thread holds; whoever panicked over it left it in order.
fn unheld(state: &Mutex<State>) -> Option<MutexGuard<'_, State>> {
    match state.try_lock() {
        Ok(state) => Some(state),
        Err(TryLockError::Poisoned(state)) => Some(state.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

impl State {
    /// Whether batches of this shape have been launched often enough to record the next.
    fn is_due(&mut self, shape @ [n, d]: [usize; 2]) -> bool {
        if self.shape != shape {
            (self.shape, self.launched) = (shape, 0);
        }
        self.launched += 1;
        let is_due = self.is_hasty || self.launched > PATIENCE;
        is_due && !self.recorder.is_refused() && (1..=VALUES).contains(&(n * d))
    }
}

/// An evaluation whose inputs are written to the GPU before it runs.
struct Evaluation {
    network: Network,
    is_half: bool,
    /// States, `[n, d]`.
    x: Slot<2>,
    /// The packed tables of [`Preconditioning`], and their widths.
    told: Slot<1>,
    widths: [usize; Preconditioning::TABLES],
}

impl Evaluation {
    /// For batches of this one's shape; none on a CPU.
    fn new(Source { network, config, is_half }: Source<'_>, batch: Batch<'_>) -> Option<Self> {
        let (shape, device) = (batch.x.dims(), batch.x.device());
        let tables = batch.tables(config);
        let (told, widths) = (pack(&tables), tables.map(|table| table.width));
        let (x, told) = (Slot::new(shape, &device)?, Slot::new([told.len()], &device)?);
        Some(Self { network: network.clone(), is_half, x, told, widths })
    }

    fn fits(&self, model: Source<'_>, shape: [usize; 2]) -> bool {
        self.is_half == model.is_half && self.x.dims() == shape
    }

    fn tell(&self, model: Source<'_>, batch: Batch<'_>) {
        self.told.upload(pack(&batch.tables(model.config)));
        self.x.copy_from(batch.x);
    }

    /// [`super::Denoiser::denoise`] of what was told, `[n, d]`.
    fn run(&self) -> Tensor<2> {
        let x = self.x.tensor();
        let tables = unpack(&self.told.tensor(), x.dims()[0], &self.widths);
        let preconditioning = Preconditioning::take(&mut tables.into_iter());
        let Self { network, is_half, .. } = self;
        preconditioning
            .of(x, |x, condition| network.in_its_type(*is_half, x, |x| network.infer(x, condition)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_recordings_are_held_as_there_is_room_for() {
        let held = |values: usize, others: &[usize]| held_beside(values, others.iter().copied());
        assert_eq!(held(8, &[]), 0);
        assert_eq!(held(8, &[8; 9]), HELD - 1);
        assert_eq!(held(VALUES, &[VALUES, 1]), 1);
        assert_eq!(held(VALUES, &[VALUES / 2, VALUES / 2, 1]), 2);
        assert_eq!(held(8, &[VALUES, VALUES - 8, 1]), 2);
    }
}
