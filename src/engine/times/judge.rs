//! How far a student's samples are from the teacher's, at any times.

use burn::prelude::Device;

use super::Try;
use crate::{
    engine::{
        Cancel, Event, LabError, Model,
        compare::independent_teacher,
        sampling::{self, Request, Sampler},
        shipped::ModelSet,
    },
    eval::{
        FeatureExtractor,
        frechet::{self, Both},
        interval::Labelled,
    },
    math::chance::Score,
};

/// Samples from the noise of one seed, and what they are held against.
pub(super) struct Judge<'a> {
    request: Request,
    features: &'a FeatureExtractor,
    teacher: Both,
    device: &'a Device,
    cancel: &'a Cancel,
}

/// Features of the teacher's samples, rows of so many values.
type Features = (Vec<f32>, usize);

impl<'a> Judge<'a> {
    /// Of each of `requests`, beside as many samples of the teacher of `set` from other noise. These are whitened by those
    /// of the other: a set that is whitened by itself comes out too near to sets that vary less.
    pub(super) async fn both(
        set: &'a ModelSet,
        requests: [Request; 2],
        device: &'a Device,
        cancel: &'a Cancel,
        report: &mut dyn FnMut(Event),
    ) -> Result<[Self; 2], LabError> {
        let features = set.features.as_ref().ok_or_else(|| {
            LabError::Request("these models have no feature network to measure samples by".into())
        })?;
        let mut of = [Features::default(), Features::default()];
        for (own, request) in of.iter_mut().zip(&requests) {
            let teacher = independent_teacher(set, request, device, cancel, report).await?;
            *own = features.features(&teacher, set.teacher.dims(), device).await?;
        }
        let judge = async |request: Request, (own, dims): &Features, other: &Features| {
            let whitening = frechet::whitening(&other.0, *dims);
            let own = Labelled { features: own, labels: &request.labels };
            let teacher = Both::new(own, *dims, whitening.as_ref(), request.seed).await;
            Self { request, features, teacher, device, cancel }
        };
        let [first, second] = requests;
        Ok([judge(first, &of[0], &of[1]).await, judge(second, &of[1], &of[0]).await])
    }

    /// Samples behind each distance.
    pub(super) fn samples(&self) -> usize {
        self.request.labels.len()
    }

    /// What comes of a last step at the end of `times`.
    pub(super) async fn attempt(&self, student: &Model, times: &[f64]) -> Result<Try, LabError> {
        let (frechet, white) = self.distances(student, times).await?;
        let white = white.map(|white| white.figure);
        Ok(Try { time: times[times.len() - 1], frechet: frechet.figure, white })
    }

    /// The Frechet distance of samples at these times; and on whitened features without what finite sets add, where there
    /// are enough of them.
    pub(super) async fn distances(
        &self,
        student: &Model,
        times: &[f64],
    ) -> Result<(Score, Option<Score>), LabError> {
        let Self { request, device, cancel, .. } = self;
        let sampler = Sampler::Student(times);
        let drawn = sampling::draw(student, sampler, request, device, cancel, &mut |_| ()).await?;
        let (own, _) = self.features.features(&drawn.values, student.dims(), device).await?;
        let own = Labelled { features: &own, labels: &request.labels };
        let [plain, white] = self.teacher.distances(own).await;
        let plain = plain.whole.ok_or_else(|| {
            LabError::Request("two samples at least make a distance, of finite values".into())
        })?;
        Ok((plain, white.extrapolated()))
    }
}
