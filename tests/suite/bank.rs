//! The bank of a recipe's draws: each is solved once, to the same landings as without it.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use burn::prelude::*;
use skipstone::{
    diffusion::{Denoiser, Method},
    distill::{
        Horizon,
        bank::{BLOCK, Bank, BankError, Blocks},
    },
    math::{schedule::Process, seed::Seed},
};

use crate::{
    distillation::{Bell, grid, objective, paths},
    support::{assert_close, bell, host},
};

#[derive(Default)]
struct Memory(Mutex<HashMap<u64, Vec<f32>>>, Mutex<usize>);

impl Blocks for Memory {
    fn read(&self, block: u64) -> Option<Vec<f32>> {
        self.0.lock().expect("one thread").get(&block).cloned()
    }
    fn write(&self, block: u64, values: &[f32]) -> Result<(), String> {
        *self.1.lock().expect("one thread") += 1;
        self.0.lock().expect("one thread").insert(block, values.to_vec());
        Ok(())
    }
}

#[test]
fn a_bank_gives_the_same_landings_as_solving_anew_and_solves_each_block_once() {
    let device = Device::flex();
    let (teacher, ode, grid) = (bell(2), Method::Ddim.parts(), grid());
    let distillation = objective(&teacher, &ode);
    let memory = Memory::default();
    let bank = |blocks| Bank {
        distillation: &distillation,
        data: &Bell(2),
        paths: paths(&grid, Horizon::Full),
        seed: Seed(6),
        size: Some(2 * BLOCK),
        blocks,
        held: None,
        stop: None,
    };
    let (mut kept, mut anew) = (bank(Some(&memory as &dyn Blocks)), bank(None));
    // Across a block's edge, and around the end of the bank.
    for first in [0, 248, 500, 512, 760] {
        let batch = |bank: &mut Bank<'_>| {
            let (drawn, landed) =
                pollster::block_on(bank.batch(first, 24, &device)).expect("no device error");
            (drawn.draws, host(landed))
        };
        let (found, expected) = (batch(&mut kept), batch(&mut anew));
        assert_eq!(found.0, expected.0);
        let expected: Vec<f64> = expected.1.into_iter().map(f64::from).collect();
        assert_close(&found.1, &expected, 1e-6);
    }
    assert_eq!(*memory.1.lock().expect("one thread"), 2, "two blocks, each solved once");
}

/// Asks for a stop the third time that it is asked itself.
struct Stopping<'a, D> {
    denoiser: D,
    asked: AtomicUsize,
    stop: &'a AtomicBool,
}

impl<D: Denoiser> Denoiser for Stopping<'_, D> {
    fn denoise(&self, x: Tensor<2>, t: &[f64], labels: &[u32]) -> Tensor<2> {
        if self.asked.fetch_add(1, Ordering::Relaxed) == 2 {
            self.stop.store(true, Ordering::Relaxed);
        }
        self.denoiser.denoise(x, t, labels)
    }
    fn process(&self) -> Process {
        self.denoiser.process()
    }
}

#[test]
fn a_stop_does_not_wait_for_a_block_which_is_solved_anew_to_the_same_landings() {
    let device = Device::flex();
    let (stop, ode, grid) = (AtomicBool::new(false), Method::Ddim.parts(), grid());
    let teacher = Stopping { denoiser: bell(2), asked: AtomicUsize::new(0), stop: &stop };
    let distillation = objective(&teacher, &ode);
    let batch = |memory: Option<&Memory>| {
        let mut bank = Bank {
            distillation: &distillation,
            data: &Bell(2),
            paths: paths(&grid, Horizon::Full),
            seed: Seed(6),
            size: Some(BLOCK),
            blocks: memory.map(|memory| memory as _),
            held: None,
            stop: Some(&stop),
        };
        pollster::block_on(bank.batch(0, 24, &device)).map(|(_, landed)| host(landed))
    };
    let memory = Memory::default();
    assert!(matches!(batch(Some(&memory)), Err(BankError::Stopped)));
    assert!(matches!(batch(None), Err(BankError::Stopped)), "where nothing is kept neither");
    assert_eq!(teacher.asked.load(Ordering::Relaxed), 3, "nothing after the stop");
    assert_eq!(*memory.1.lock().expect("one thread"), 0, "no half block is kept");
    stop.store(false, Ordering::Relaxed);
    let found = batch(Some(&memory)).expect("solved");
    assert_eq!(found, batch(Some(&Memory::default())).expect("solved"));
    assert_eq!(*memory.1.lock().expect("one thread"), 1);
}
