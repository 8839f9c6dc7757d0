use super::*;
use crate::{
    diffusion::Denoiser as _,
    distill::Loss,
    engine::{Lab, Opened, Recipe},
    nn::Network,
};

#[test]
fn a_stop_while_a_batch_is_drawn_keeps_the_steps_before_it() {
    let (folder, opened) = (tempfile::tempdir().unwrap(), Opened::cpu());
    let set = ["model.network.width=32", "student.optimisation.batch=4"].map(str::to_owned);
    let recipe = Recipe::resolve("ring", None, &set).unwrap();
    let out = folder.path().join("run");
    let lab = Lab::open(recipe, &out, &opened, Cancel::default()).unwrap();
    let optimisation = lab.recipe.student.optimisation;
    // The step that it begins with, where the fourth batch does not come.
    let begin = || {
        let mut trainer = lab.trainer(optimisation, Loss::L2, None).unwrap();
        let tracked = trainer.device().clone();
        let draw = async |first: u64| if first < 12 { Ok(first) } else { Err(LabError::Stopped) };
        let loss = |_: &u64, network: &Network, rows: Range<usize>| {
            let n = rows.len();
            let x = Tensor::<2>::ones([n, 2], &tracked);
            lab.denoiser(network).denoise(x, &vec![500.0; n], &vec![0; n]).mean()
        };
        let measure = async |_: &Trainer<Network>| Err::<Look, _>(LabError::Stopped);
        let mut begun = None;
        let mut report = |event| {
            if let Event::Stage { step, .. } = event {
                begun = Some(step);
            }
        };
        let stage = lab.stage("cm", optimisation);
        let run = stage.run(&mut trainer, draw, loss, measure, &mut report);
        assert!(matches!(pollster::block_on(run), Err(LabError::Stopped)));
        begun
    };
    assert_eq!([begin(), begin()], [Some(0), Some(3)]);
}
