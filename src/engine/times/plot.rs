//! What was tried for the second step, as a picture.

use super::{Found, Times, Try};
use crate::{
    engine::report::time,
    math::{schedule::Process, statistics::Estimate},
    picture::{Axis, Dot, Dots, axis::Ends, dots::DotSeries},
};

impl Found {
    /// The distances of two steps over the time of the second, of models of `process`; a single step stands where that
    /// time is 0, at which a second step changes nothing.
    pub fn plot(&self, process: Process) -> Dots {
        let axis = |name: &str, is_logarithmic| Axis { name: name.into(), is_logarithmic };
        let [seed, _] = self.seeds;
        let series = self.students.iter().enumerate();
        let least = self.students.iter().filter_map(|own| {
            own.times.get(1).map(|&t| format!("at t = {} ({})", time(t), own.model))
        });
        let least: Vec<_> = least.collect();
        Dots {
            title: "When a student's second step is best taken".into(),
            subtitle: format!(
                "{} · {} samples · seed {seed} · least {}",
                self.preset,
                self.samples,
                least.join(", ")
            ),
            x: axis("time t of the second step", process == Process::Edm),
            y: axis("Frechet distance to the teacher's samples", false),
            y_ends: Ends::FromZero,
            better: ["little noise between the steps".into(), "better samples".into()],
            is_better_up: false,
            series: series.map(|(order, own)| own.series(order)).collect(),
            rules: Vec::new(),
            foot: "All are from the same noise, and chance moves them alike; the intervals of each are in the tables. \
                   Rings: a single step, as two are where the second is taken at t = 0."
                .into(),
        }
    }
}

impl Times {
    /// A single step, then two in order of the time of the second.
    fn series(&self, order: usize) -> DotSeries {
        let at = |t: f64, own: &Try| Dot {
            // Beside each other there is no room for names.
            label: String::new(),
            x: Estimate::around(t, 0.0),
            y: Estimate::around(own.frechet.mean, 0.0),
            is_hollow: false,
        };
        let second = self.tried.first().into_iter().flatten().rev();
        let second = second.map(|own| at(own.time, own));
        let single = Dot { label: "1 step".into(), is_hollow: true, ..at(0.0, &self.single) };
        let dots = std::iter::once(single).chain(second).collect();
        DotSeries { name: self.model.clone(), order, dots }
    }
}
