use super::*;
use crate::{
    distill::{
        Loss,
        score::{Samples, ScoreMatching, TimeSampling},
    },
    engine::{Lab, lab::tests::Workshop},
    math::seed::Seed,
    nn::Network,
};

/// That of four points, numbered from `first` on.
fn lesson(lab: &Lab<'_>, first: u64) -> Lesson<Network> {
    let samples = Samples { data: lab.data.train.as_ref(), seed: Seed(0), first, count: 4 };
    let score = ScoreMatching { times: TimeSampling::Uniform, label_drop: 0.0 };
    score.lesson(&lab.recipe.of_teacher(false), samples, lab.device())
}

#[test]
fn what_fails_while_a_batch_is_drawn_keeps_the_steps_before_it() {
    let workshop = Workshop::new();
    let set = ["model.network.width=32", "student.optimisation.batch=4"];
    let lab = workshop.lab("ring", &set);
    let optimisation = lab.recipe.student.optimisation;
    // The step that it begins with, where the batch of this number fails.
    let begin = |failing: u64, failure: fn() -> LabError| {
        let mut trainer = pollster::block_on(lab.trainer(optimisation, Loss::L2, None)).unwrap();
        let draw = async |first: u64| {
            let lesson = lesson(&lab, first);
            if first < 4 * failing { Ok(lesson) } else { Err(failure()) }
        };
        let measure = async |_: &Trainer<Network>| Err::<Look, _>(LabError::Stopped);
        let mut begun = None;
        let mut report = |event| {
            if let Event::Stage { step, .. } = event {
                begun = Some(step);
            }
        };
        let stage = lab.stage("cm", optimisation);
        let run = stage.run(&mut trainer, draw, measure, &mut report);
        let ended = pollster::block_on(run).map(|_| ()).unwrap_err();
        assert_eq!(ended.to_string(), failure().to_string());
        begun
    };
    assert_eq!(begin(3, || LabError::Stopped), Some(0));
    assert_eq!(begin(5, || LabError::Request("no room".into())), Some(3));
    assert_eq!(begin(9, || LabError::Stopped), Some(5));
}

#[test]
fn patience_outlasts_a_stop_and_leads_back_to_the_best_look_before_it() {
    let workshop = Workshop::new();
    let set = ["model.network.width=32", "student.optimisation.batch=4", "output.sample_every=1"];
    let mut lab = workshop.lab("ring", &set);
    let optimisation = lab.recipe.student.optimisation;
    // How it ended, and the steps that were looked at.
    let run = |lab: &Lab<'_>, stops: bool| {
        let mut trainer = pollster::block_on(lab.trainer(optimisation, Loss::L2, None)).unwrap();
        let draw = async |first: u64| Ok(lesson(lab, first));
        let mut looks = Vec::new();
        let measure = async |trainer: &Trainer<Network>| {
            looks.push(trainer.step);
            if stops && trainer.step == 2 {
                // Heard in the next step.
                lab.cancel.set();
            }
            let score = [0.5, 0.3, 0.4, 0.6, 0.7, 0.8][trainer.step as usize - 1];
            Ok(Look { values: Numbers::new(), score, picture: None })
        };
        let stage = Stage { patience: Some(2), ..lab.stage("teacher", optimisation) };
        let ended = pollster::block_on(stage.run(&mut trainer, draw, measure, &mut |_| ()));
        (ended.map(|ended| ended.step).map_err(|error| error.to_string()), trainer.step, looks)
    };
    assert_eq!(run(&lab, true), (Err("stopped".to_owned()), 3, vec![1, 2, 3]));
    lab.cancel = Cancel::default();
    assert_eq!(run(&lab, false), (Ok(2), 2, vec![4]));
}

#[test]
fn a_damaged_checkpoint_says_how_to_begin_anew() {
    let workshop = Workshop::new();
    let lab = workshop.lab("ring", &["model.network.width=32"]);
    let optimisation = lab.recipe.student.optimisation;
    let checkpoint = lab.folder.checkpoint("cm", Keep::Last);
    std::fs::create_dir_all(checkpoint.parent().unwrap()).unwrap();
    std::fs::write(&checkpoint, "damaged").unwrap();
    let mut trainer = pollster::block_on(lab.trainer(optimisation, Loss::L2, None)).unwrap();
    let error = lab.stage("cm", optimisation).restore(&mut trainer).unwrap_err().to_string();
    let parts = ["cm-last", "copy or make it again", "move it away, and `cm` begins anew"];
    assert!(parts.iter().all(|part| error.contains(part)), "{error}");
}
