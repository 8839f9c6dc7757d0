//! All samplers of a comparison, from the same noise.

use std::collections::BTreeMap;

use burn::prelude::*;

use super::{Baseline, Comparison, Drawn, differences::Scores};
use crate::{
    consistency::ConsistencyFunction,
    diffusion::{Denoiser, Method},
    engine::{
        Cancel, Event, LabError, Model,
        report::Line,
        sampling::{self, Request, Sampler, Samples},
        shipped::ModelSet,
    },
    math::{grid::TimeGrid, seed::Seed},
    platform::whole,
};

/// Student steps shown; the teacher's N is added.
const STEPS: [usize; 3] = [1, 2, 4];

/// When students take their steps, in order of their number; `later` ones take the place of as many even ones.
fn student_times(grid: &TimeGrid, later: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, LabError> {
    let intervals = grid.intervals();
    let even = STEPS.into_iter().filter(|steps| *steps < intervals).chain([intervals]);
    let even = even.map(|steps| grid.student_times(steps));
    let all = even.chain(later.iter().map(|later| grid.student_times_at(later)));
    let all = all.map(|times| times.map(|times| (times.len(), times)));
    Ok(all.collect::<Result<BTreeMap<_, _>, _>>()?.into_values().collect())
}

/// The teacher first, then its baselines, then each student at each number of steps.
pub(super) async fn draw_all(
    set: &ModelSet,
    comparison: &Comparison,
    request: &Request,
    device: &Device,
    cancel: &Cancel,
    report: &mut dyn FnMut(Event),
) -> Result<Vec<Drawn>, LabError> {
    let recipe = &set.teacher.recipe;
    let grid = recipe.grid()?;
    let times = student_times(&grid, &comparison.times)?;
    let baselines = &comparison.baselines;
    let grids = baselines.iter().map(|baseline| baseline.grid(recipe));
    let grids = grids.collect::<Result<Vec<_>, _>>()?;
    let (teacher, method, d) = (set.teacher.teacher()?, recipe.student.method, set.teacher.dims());
    let students = set.students.iter().map(Model::student).collect::<Result<Vec<_>, _>>()?;
    warm_up(&teacher, method, &students, grid.times()[0], request, d, device).await?;
    let sampler = Sampler::Teacher(method, &grid);
    let samples = sampling::draw(&set.teacher, sampler, request, device, cancel, report).await?;
    let steps = grid.intervals();
    let drawn = |model: String, steps, samples: Samples| {
        let (evaluations, seconds) = (samples.evaluations, samples.seconds);
        let line = Line { model, steps, evaluations, seconds, ..Line::default() };
        Drawn { line, samples, scores: Scores::new() }
    };
    let mut all = vec![drawn(set.teacher.title(), steps, samples)];
    for (Baseline { method, steps }, grid) in baselines.iter().zip(&grids) {
        let sampler = Sampler::Teacher(*method, grid);
        let samples =
            sampling::draw(&set.teacher, sampler, request, device, cancel, report).await?;
        all.push(drawn(method.title().to_owned(), *steps, samples));
    }
    for student in &set.students {
        for times in &times {
            let sampler = Sampler::Student(times);
            let samples = sampling::draw(student, sampler, request, device, cancel, report).await?;
            all.push(drawn(student.title(), times.len(), samples));
        }
    }
    Ok(all)
}

/// One evaluation of each model whose time does not count: a GPU compiles its kernels at the first, a CPU gets memory.
async fn warm_up(
    teacher: &dyn Denoiser,
    method: Method,
    students: &[impl ConsistencyFunction],
    start: f64,
    request: &Request,
    d: usize,
    device: &Device,
) -> Result<(), LabError> {
    let Some(part) = request.parts(d).next() else { return Ok(()) };
    let (z, noise) = (request.initial(&part, d, device), request.noise(&part));
    let labels = &request.labels[part];
    let x = sampling::solve(teacher, method, &[start, 0.0], z.clone(), labels, None).await;
    whole(x.into_data_async()).await?;
    for student in students {
        let x = sampling::walk(student, &[start], z.clone(), labels, noise).await;
        whole(x.into_data_async()).await?;
    }
    Ok(())
}

/// The teacher's samples from other noise: students share the teacher's noise, so that its samples
/// from that noise would favour the better ODE solver.
pub(in crate::engine) async fn independent_teacher(
    set: &ModelSet,
    request: &Request,
    device: &Device,
    cancel: &Cancel,
    report: &mut dyn FnMut(Event),
) -> Result<Vec<f32>, LabError> {
    let recipe = &set.teacher.recipe;
    let (grid, method) = (recipe.grid()?, recipe.student.method);
    let other = Request { seed: Seed(!request.seed.0), ..request.clone() };
    let sampler = Sampler::Teacher(method, &grid);
    Ok(sampling::draw(&set.teacher, sampler, &other, device, cancel, report).await?.values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        consistency::{Boundary, Bounded},
        engine::sampling::Counted,
        math::schedule::Process,
        nn::rows_at_once,
    };

    /// Takes everything for noise, and no more rows at once than these.
    struct Few(usize);

    impl Denoiser for Few {
        fn denoise(&self, x: Tensor<2>, t: &[f64], _: &[u32]) -> Tensor<2> {
            assert!(t.len() <= self.0, "{} rows at once", t.len());
            x * 0.0
        }

        fn process(&self) -> Process {
            Process::ScaledLinear
        }
    }

    #[test]
    fn students_take_chosen_times_instead_of_as_many_even_ones() {
        let grid = TimeGrid::uniform(10).expect("a grid");
        let times = student_times(&grid, &[vec![640.0], vec![700.0, 300.0]]).expect("fit");
        assert_eq!(times.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 3, 4, 10]);
        assert_eq!(times[1], [1000.0, 640.0]);
        assert_eq!(times[2], [1000.0, 700.0, 300.0]);
        assert_eq!(times[3], [1000.0, 800.0, 500.0, 200.0], "even ones");
        assert!(student_times(&grid, &[vec![300.0, 700.0]]).is_err());
    }

    #[test]
    fn the_first_evaluations_are_of_no_more_large_images_than_are_drawn_at_once() {
        let (d, device) = (1 << 21, Device::flex());
        let rows = rows_at_once(d);
        let (few, request) = (Few(rows), Request::new(Seed(1), rows + 1, 0, None));
        let counted = Counted::new(&few);
        let students = [Bounded { denoiser: &counted, boundary: Boundary::Paper, sigma_data: 0.5 }];
        let warm = warm_up(&counted, Method::Ddim, &students, 1000.0, &request, d, &device);
        pollster::block_on(warm).expect("evaluated");
        assert_eq!(counted.rows(), 2 * rows);
    }
}
