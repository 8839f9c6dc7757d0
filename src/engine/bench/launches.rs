//! Kernels that a GPU was asked for, and how long each took: every launch is a call of the driver, and where kernels
//! are small that is what takes the time.

use std::{
    collections::BTreeMap,
    ops::Add,
    sync::{Arc, Mutex, PoisonError},
};

use burn_cubecl::cubecl::{
    logging::{LaunchObservation, LaunchObserver, TimingRequest},
    profile::TimingMethod,
};
use serde::Serialize;
use web_time::Duration;

use crate::nn::kernel::fused::traffic;

/// Kernels that text lists, those that took longest.
pub(super) const LISTED: usize = 8;

/// What was launched.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Launches {
    /// All together.
    pub count: usize,
    /// By the GPU's clock, of all kernels, each run by itself; none where it has no clock. What the whole takes longer goes
    /// to launches, the host's work and reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<f64>,
    /// That our own kernels read and write at least, each tensor of a launch once; burn's do not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Of each kernel; the names are burn's.
    pub kernels: BTreeMap<String, KernelLaunches>,
}

/// Launches of one kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct KernelLaunches {
    /// How often.
    pub count: usize,
    /// By the GPU's clock, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<f64>,
    /// Of a kernel of our own, read and written at least by all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

impl Launches {
    /// The count, and time and bytes where they are known.
    pub(super) fn summary(&self) -> String {
        let time = self.milliseconds.map(|time| format!(", {time:.1} ms in kernels"));
        let own = self.kernels.values().filter(|kernel| kernel.bytes.is_some());
        let own: usize = own.map(|kernel| kernel.count).sum();
        let bytes = self.bytes.map(|bytes| format!(", {own} of our own move {}", megabytes(bytes)));
        format!(
            "{:6} launches{}{}",
            self.count,
            time.unwrap_or_default(),
            bytes.unwrap_or_default()
        )
    }

    /// The kernels that took longest, a line each; none where no times are known.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        let timed =
            |(name, kernel): (_, &KernelLaunches)| Some((name, kernel.milliseconds?, *kernel));
        let mut kernels: Vec<_> = self.kernels.iter().filter_map(timed).collect();
        kernels.sort_by(|a, b| b.1.total_cmp(&a.1));
        let whole = self.milliseconds.unwrap_or_default();
        kernels.into_iter().take(LISTED).map(move |(name, milliseconds, kernel)| {
            let share = 100.0 * milliseconds / whole.max(f64::MIN_POSITIVE);
            let moved = kernel.bytes.map(|bytes| {
                let rate = bytes as f64 / milliseconds.max(f64::MIN_POSITIVE) / 1e6;
                format!(", {}, {rate:.1} GB/s", megabytes(bytes))
            });
            let (count, moved) = (kernel.count, moved.unwrap_or_default());
            format!("    {name:<48} {milliseconds:>9.2} ms {share:4.0}% in {count} launches{moved}")
        })
    }
}

/// Counts while it lives; nothing is launched where the CPU computes.
pub(super) struct Counting {
    counts: Arc<Counts>,
    _observation: LaunchObservation,
}

#[derive(Default)]
struct Counts(Mutex<BTreeMap<&'static str, KernelLaunches>>);

impl Counts {
    fn change(&self, kernel: &'static str, change: impl FnOnce(&mut KernelLaunches)) {
        change(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(kernel).or_default());
    }

    fn sum(&self) -> Launches {
        let mut launches = Launches::default();
        for (name, found) in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            // The same kernel for other types is the same for a reader.
            let kernel = launches.kernels.entry(short(name)).or_default();
            kernel.count += found.count;
            launches.count += found.count;
            for sum in [&mut kernel.milliseconds, &mut launches.milliseconds] {
                *sum = either_or_sum(*sum, found.milliseconds);
            }
            for sum in [&mut kernel.bytes, &mut launches.bytes] {
                *sum = either_or_sum(*sum, found.bytes);
            }
        }
        launches
    }
}

impl LaunchObserver for Counts {
    fn launched(&self, kernel: &'static str) {
        let bytes = Some(traffic::take()).filter(|&bytes| bytes > 0);
        self.change(kernel, |kernel| {
            kernel.count += 1;
            kernel.bytes = either_or_sum(kernel.bytes, bytes);
        });
    }

    /// Each kernel is waited for: what is measured is its own time, not that of several at once.
    fn timing(&self) -> TimingRequest {
        TimingRequest::Resolved
    }

    fn timed(&self, kernel: &'static str, duration: Duration, method: TimingMethod) {
        // The program's clock would count the launch and the wait for its end, too.
        if method == TimingMethod::Device {
            let milliseconds = duration.as_secs_f64() * 1e3;
            self.change(kernel, |kernel| *kernel.milliseconds.get_or_insert(0.0) += milliseconds);
        }
    }
}

impl Counting {
    pub(super) fn begin() -> Self {
        let counts = Arc::new(Counts::default());
        // Of launches that nobody counted.
        traffic::take();
        Self { counts: counts.clone(), _observation: LaunchObservation::new(counts) }
    }

    /// What was launched since; none where nothing was.
    pub(super) fn end(self) -> Option<Launches> {
        let launches = self.counts.sum();
        (launches.count > 0).then_some(launches)
    }
}

/// The sum of what is known; none where neither is.
fn either_or_sum<T: Add<Output = T>>(a: Option<T>, b: Option<T>) -> Option<T> {
    [a, b].into_iter().flatten().reduce(Add::add)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// A kernel's type without its path and parameters.
fn short(name: &str) -> String {
    let path = name.split('<').next().unwrap_or(name);
    path.rsplit("::").next().unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_counted_and_timed_by_their_short_names() {
        let counts = Counts::default();
        for (name, milliseconds) in [("a::b::Add<f32>", 2), ("a::b::Add<f16>", 3), ("Copy", 7)] {
            counts.launched(name);
            counts.timed(name, Duration::from_millis(milliseconds), TimingMethod::Device);
            counts.timed(name, Duration::from_millis(100), TimingMethod::System);
        }
        let launches = counts.sum();
        let [add, copy] = [(2, 5.0), (1, 7.0)].map(|(count, time)| KernelLaunches {
            count,
            milliseconds: Some(time),
            bytes: None,
        });
        let kernels = BTreeMap::from([("Add".into(), add), ("Copy".into(), copy)]);
        assert_eq!(launches, Launches { count: 3, milliseconds: Some(12.0), bytes: None, kernels });
        let lines: Vec<String> = launches.lines().collect();
        assert!(lines[0].contains("Copy") && lines[0].contains("58%"), "{lines:?}");
    }

    #[test]
    fn a_gpu_without_a_clock_has_counts_and_no_times() {
        let counts = Counts::default();
        counts.launched("Add");
        counts.timed("Add", Duration::from_millis(100), TimingMethod::System);
        let launches = counts.sum();
        assert_eq!((launches.count, launches.milliseconds), (1, None));
        assert_eq!(launches.lines().count(), 0);
        assert_eq!(launches.summary().trim(), "1 launches");
    }
}
