use super::*;
use crate::{data::Dataset, engine::Opened};

/// Of so many samples of a part, evenly spread, the values and the labels.
fn spread(part: &dyn Dataset, most: usize) -> (Vec<f32>, Vec<u32>) {
    let (mut values, mut labels, mut row) = (Vec::new(), Vec::new(), vec![0.0; part.dims()]);
    for number in (0..most).map(|i| i * part.len() / most) {
        part.read(number, &mut row);
        values.extend_from_slice(&row);
        labels.push(part.label(number));
    }
    (values, labels)
}

#[test]
fn samples_are_held_against_images_held_out_and_these_against_those_that_were_learnt() {
    let words = ["eval", "--backend", "cpu", "--preset", "tiles", "--samples", "100"];
    let args::Command::Eval(args) = args::Cli::of(&words) else { panic!("another command") };
    let set = pollster::block_on(models::open(&args.models, &Opened::cpu())).unwrap();
    let (data, mirrored) = data(&args, &set, &Cancel::default(), &mut |_| ()).unwrap();
    let (references, _) = references(&args, &set, &data, mirrored);
    let (held_out, train) = (data.held_out.as_ref(), data.train.as_ref());
    let found = (references.held_out, references.held_out_labels);
    assert!(found == spread(held_out, 100), "other images than those held out");
    let found = (references.train, references.train_labels);
    assert!(found == spread(train, 100), "other images than those to learn from");
    // As many as there are, and fewer than may be.
    assert!(references.unseen == spread(held_out, held_out.len()).0);
    let training = references.training.expect("tiles are images");
    assert_eq!((training.images.len(), training.mirrored), (train.len(), Some(32)));
}

#[test]
fn figures_by_a_guidance_of_its_own_leave_those_of_all_models_in_their_place() {
    assert_eq!(file_name(None), "eval.json");
    assert_eq!(file_name(Some(1.5)), "eval-guidance-1.5.json");
}
