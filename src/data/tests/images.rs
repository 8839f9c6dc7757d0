//! The set itself.

use super::*;

fn set(count: usize) -> Images {
    let card = DataCard {
        name: "numbers".into(),
        sha256: String::new(),
        licence: String::new(),
        samples: count,
        classes: vec!["even".into(), "odd".into()],
    };
    let shape = Shape { channels: 1, height: 1, width: 2 };
    let pixels = (0..count).flat_map(|i| [i as u8, 255]).collect();
    Images::new(shape, pixels, (0..count as u32).map(|i| i % 2).collect(), card)
}

#[test]
fn bytes_become_model_space() {
    let mut sample = [0.0; 2];
    set(1).read(0, &mut sample);
    assert_eq!(sample, [-1.0, 1.0]);
}

#[test]
fn every_kth_sample_is_held_out() {
    let (kept, held_out) = set(7).split(3);
    let numbers = |set: &Images| (0..set.len()).map(|i| set.pixels(i)[0]).collect::<Vec<_>>();
    assert_eq!(numbers(&kept), [0, 1, 3, 4, 6]);
    assert_eq!(numbers(&held_out), [2, 5]);
    assert_eq!((held_out.label(1), held_out.card().samples), (1, 2));
}

#[test]
fn holding_out_every_zeroth_sample_holds_out_none() {
    let (kept, held_out) = set(4).split(0);
    assert_eq!((kept.len(), held_out.len(), held_out.is_empty()), (4, 0, true));
}
