//! One stage of a run: steps, log, checkpoints and measurements, whatever the objective.
//!
//! A stage goes on from its last checkpoint to the same numbers as if it had never been stopped.

mod clock;
mod position;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, path::Path};

use web_time::Instant;

use super::{
    Cancel, Event, LabError,
    origin::{self, Origin},
    recipe::{Optimisation, OutputRecipe},
};
use crate::{
    platform,
    store::{Archive, Keep, MetricsLog, Precision, RunFolder, StoreError, atomic},
    train::{Learner, Lesson, Progress, TrainError, Trainer},
};
use clock::Clock;
use position::Position;

/// What a stage needs besides its objective.
pub struct Stage<'a> {
    /// Its name in file names and logs.
    pub name: &'a str,
    /// Where it leaves its results.
    pub folder: &'a RunFolder,
    /// What it learns from.
    pub origin: Origin,
    /// What it computes on.
    pub device: String,
    /// Steps, batch and optimiser.
    pub optimisation: Optimisation,
    /// What is written, how often.
    pub output: OutputRecipe,
    /// After this many looks without a better one it ends early; and however it ends, it goes back to its best look.
    /// None: it goes on to its last step and stays there.
    pub patience: Option<u64>,
    /// Set when the user wants to stop.
    pub cancel: &'a Cancel,
}

/// Measurements by name.
pub type Numbers = BTreeMap<String, f64>;

/// A look at the network in between.
pub struct Look {
    /// Numbers for the log.
    pub values: Numbers,
    /// What decides the best checkpoint; lower is better.
    pub score: f64,
    /// A grid of samples.
    pub picture: Option<image::RgbImage>,
}

/// How a training ended.
#[derive(Default)]
pub struct Outcome {
    /// The step whose weights the trainer has.
    pub step: u64,
    /// What was measured there.
    pub numbers: Numbers,
    /// What it was computed on, in order.
    pub devices: Vec<String>,
}

/// Loss and gradient norm of a step that nobody read yet, before anything is kept: a loss that is not finite ends the run.
async fn read(
    unread: &mut Option<Progress>,
    position: &mut Position,
    clock: &Clock,
) -> Result<Option<[f32; 2]>, LabError> {
    let Some(progress) = unread.take() else { return Ok(None) };
    let numbers = progress.read().await?;
    // A GPU has done the step only now.
    position.seconds = clock.seconds();
    Ok(Some(numbers))
}

impl Stage<'_> {
    /// Trains to the last step, or until its patience is at an end.
    ///
    /// `draw` makes the lesson of the samples numbered from its argument, `measure` looks at the network now and then,
    /// `report` hears how it goes.
    pub async fn run<M: Learner>(
        &self,
        trainer: &mut Trainer<M>,
        mut draw: impl AsyncFnMut(u64) -> Result<Lesson<M>, LabError>,
        mut measure: impl AsyncFnMut(&Trainer<M>) -> Result<Look, LabError>,
        report: &mut dyn FnMut(Event),
    ) -> Result<Outcome, LabError> {
        let mut position = self.restore(trainer)?;
        position.go_on(&self.device).into_iter().for_each(|text| report(Event::Note(text)));
        let (steps, rows) = (self.optimisation.steps, self.optimisation.batch);
        let every = self.output;
        let mut log = self.folder.log(self.name, position.step)?;
        report(Event::Stage { name: self.name.into(), step: position.step, steps });

        let mut clock = Clock::new(&position);
        let mut unread = None;
        while trainer.step < steps && !self.is_out_of_patience(&position) {
            let drawn = draw(trainer.step * rows as u64).await;
            // Such as targets that find no room on the disk.
            let fails_elsewhere = matches!(&drawn, Err(error) if !error.is_of_device());
            if trainer.step > 0 && fails_elsewhere {
                read(&mut unread, &mut position, &clock).await?;
                self.save_last(trainer, &mut log, &position).await?;
            }
            unread = Some(trainer.learn(&drawn?));
            platform::yield_now().await;
            let (step, is_last) = (trainer.step, trainer.step == steps);
            let is_stopped = self.cancel.is_set();
            let is_due = |interval: u64| step.is_multiple_of(interval) || is_last;
            let saves = is_due(every.checkpoint_every) || is_stopped;
            position.step = step;
            if saves || is_due(every.log_every) || is_due(every.sample_every) {
                let numbers = read(&mut unread, &mut position, &clock).await?;
                if let Some(numbers) = numbers.filter(|_| is_due(every.log_every)) {
                    let [loss, norm] = numbers.map(f64::from);
                    self.note(&mut log, &position, &[("loss", loss), ("gradient_norm", norm)])?;
                    report(self.step_event(&position, numbers, clock.rate(step)));
                }
            }
            if is_due(every.sample_every) {
                let begun = Instant::now();
                // What is looked at needs memory of its own.
                trainer.release();
                self.look(trainer, &mut log, &mut position, &mut measure, report).await?;
                clock.pause(begun.elapsed());
            }
            if saves || self.is_out_of_patience(&position) {
                self.save_last(trainer, &mut log, &position).await?;
            }
            if is_stopped && !is_last {
                return Err(LabError::Stopped);
            }
        }
        if self.patience.is_some() && position.since_best > 0 {
            position = self.go_back(trainer, report)?;
        }
        Ok(position.outcome())
    }

    /// What is told of a step, at `rate` steps a second.
    fn step_event(&self, position: &Position, [loss, norm]: [f32; 2], rate: f64) -> Event {
        let (step, steps) = (position.step, self.optimisation.steps);
        Event::Step {
            step,
            steps,
            loss,
            gradient_norm: norm,
            seconds: position.seconds,
            images_per_s: rate * self.optimisation.batch as f64,
            left_s: (steps - step) as f64 / rate,
        }
    }

    fn is_out_of_patience(&self, position: &Position) -> bool {
        self.patience.is_some_and(|patience| position.since_best >= patience)
    }

    fn note(
        &self,
        log: &mut MetricsLog,
        position: &Position,
        values: &[(&str, f64)],
    ) -> Result<(), LabError> {
        let images = position.step * self.optimisation.batch as u64;
        Ok(log.append(position.step, images, position.seconds, values)?)
    }

    /// Measures the averaged network, keeps it if it is the best yet, and draws its samples.
    async fn look<M: Learner>(
        &self,
        trainer: &Trainer<M>,
        log: &mut MetricsLog,
        position: &mut Position,
        measure: &mut impl AsyncFnMut(&Trainer<M>) -> Result<Look, LabError>,
        report: &mut dyn FnMut(Event),
    ) -> Result<(), LabError> {
        let measured = measure(trainer).await?;
        let values: Vec<(&str, f64)> =
            measured.values.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        self.note(log, position, &values)?;
        if let Some(picture) = measured.picture {
            let path = self.folder.samples(self.name, position.step);
            let png = super::files::png(&picture)?;
            atomic::write(&path, &png)?;
            let (height, width) = (picture.height(), picture.width());
            let picture =
                crate::store::tensorboard::Picture { png: &png, height, width, channels: 3 };
            log.image(position.step, "samples", picture)?;
            report(Event::Saved { what: "samples", path });
        }
        report(Event::Measured { step: position.step, values: measured.values.clone() });
        position.numbers = measured.values;
        position.since_best += 1;
        // A score that is not a number is worse than any.
        if position.best.is_none_or(|best| best.is_nan() || measured.score < best) {
            (position.best, position.since_best) = (Some(measured.score), 0);
            self.save(trainer, Keep::Best, position).await?;
        }
        Ok(())
    }

    /// A checkpoint to go on from, with a log that reaches as far.
    async fn save_last<M: Learner>(
        &self,
        trainer: &Trainer<M>,
        log: &mut MetricsLog,
        position: &Position,
    ) -> Result<(), LabError> {
        log.sync()?;
        self.save(trainer, Keep::Last, position).await
    }

    async fn save<M: Learner>(
        &self,
        trainer: &Trainer<M>,
        keep: Keep,
        position: &Position,
    ) -> Result<(), LabError> {
        let manifest = Position { origin: Some(self.origin.clone()), ..position.clone() };
        let archive = Archive { manifest, tensors: trainer.export().await? };
        let path = self.folder.checkpoint(self.name, keep);
        Ok(archive.write(&path, |_| Precision::F32)?)
    }

    /// Goes on from the last checkpoint, if there is one.
    fn restore<M: Learner>(&self, trainer: &mut Trainer<M>) -> Result<Position, LabError> {
        let path = self.folder.checkpoint(self.name, Keep::Last);
        if !path.exists() {
            return Ok(Position::default());
        }
        self.read(trainer, &path).map_err(|error| match error {
            LabError::Store(damaged @ StoreError::In { .. }) => LabError::Request(format!(
                "{damaged}; or move it away, and `{}` begins anew",
                self.name
            )),
            other => other,
        })
    }

    /// Goes back to the checkpoint of the best look; an error where it is gone.
    fn go_back<M: Learner>(
        &self,
        trainer: &mut Trainer<M>,
        report: &mut dyn FnMut(Event),
    ) -> Result<Position, LabError> {
        let (name, last) = (self.name, trainer.step);
        let best = self.read(trainer, &self.folder.checkpoint(name, Keep::Best))?;
        report(Event::Note(format!(
            "{name}: back from step {last} to step {}, the best",
            best.step
        )));
        Ok(best)
    }

    fn read<M: Learner>(
        &self,
        trainer: &mut Trainer<M>,
        path: &Path,
    ) -> Result<Position, LabError> {
        let archive = Archive::<Position>::read(path)?;
        let origin = archive.manifest.origin.as_ref();
        if let Some(difference) = origin.and_then(|origin| origin.difference(&self.origin)) {
            return Err(origin::refusal(path, difference));
        }
        trainer.restore(archive.tensors, archive.manifest.step).map_err(|error| match error {
            TrainError::Parameters(problem) => LabError::Request(format!(
                "{}: {problem}: it is of another network or optimiser; move it away, and `{}` begins anew",
                path.display(),
                self.name
            )),
            other => other.into(),
        })?;
        Ok(archive.manifest)
    }
}
