use super::*;
use crate::{
    distill::{
        Loss,
        score::{Samples, ScoreMatching, TimeSampling},
    },
    engine::lab::tests::Workshop,
    math::seed::Seed,
    nn::Network,
};

#[test]
fn what_fails_while_a_batch_is_drawn_keeps_the_steps_before_it() {
    let workshop = Workshop::new();
    let set = ["model.network.width=32", "student.optimisation.batch=4"];
    let lab = workshop.lab("ring", &set);
    let optimisation = lab.recipe.student.optimisation;
    // The step that it begins with, where the batch of this number fails.
    let begin = |failing: u64, failure: fn() -> LabError| {
        let mut trainer = pollster::block_on(lab.trainer(optimisation, Loss::L2, None)).unwrap();
        let (parameterization, times) = (lab.recipe.of_teacher(false), TimeSampling::Uniform);
        let draw = async |first: u64| {
            let samples = Samples { data: lab.data.train.as_ref(), seed: Seed(0), first, count: 4 };
            let score = ScoreMatching { times, label_drop: 0.0 };
            let lesson = score.lesson(&parameterization, samples, lab.device());
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
