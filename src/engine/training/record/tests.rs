use super::*;

#[test]
fn a_stage_that_begins_anew_shows_nothing_of_the_training_before() {
    let recipe = Recipe::resolve("ring", None, &[]).unwrap();
    let mut record = Record::new(Path::new("run"), recipe);
    let begin = |step| Event::Stage { name: "cm".into(), step, steps: 100 };
    let look = |step| {
        let path = format!("run/samples/cm-{step:06}.png").into();
        Event::Saved { what: "samples", path }
    };
    for event in [begin(0), look(20), look(40), begin(20)] {
        record.hear(&event);
    }
    let looks = |record: &Record| -> Vec<u64> {
        record.stage("cm").unwrap().grids.iter().map(|grid| grid.step).collect()
    };
    assert_eq!(looks(&record), [20]);
    record.hear(&begin(0));
    assert!(looks(&record).is_empty());
}

#[test]
fn a_teacher_with_patience_shows_the_samples_of_its_best_look() {
    let shown = |set: &[String]| {
        let mut record =
            Record::new(Path::new("run"), Recipe::resolve("tiles", None, set).unwrap());
        record.hear(&Event::Stage { name: "teacher".into(), step: 0, steps: 100 });
        for (step, loss) in [(10, 0.5), (20, 0.3), (30, 0.4)] {
            let values = [("validation_loss".to_owned(), loss)].into();
            record.hear(&Event::Measured { step, values });
            let path = format!("run/samples/teacher-{step:06}.png").into();
            record.hear(&Event::Saved { what: "samples", path });
        }
        record.solutions().unwrap().step
    };
    assert_eq!(shown(&[]), 30);
    assert_eq!(shown(&["teacher.patience=2".to_owned()]), 20);
}

#[test]
fn data_that_no_classifier_can_tell_apart_leaves_no_stage_to_go_on_with() {
    let names = |set: &str| {
        let recipe = Recipe::resolve("digits", None, &[set.to_owned()]).unwrap();
        let record = Record::new(Path::new("run"), recipe);
        record.stages.into_iter().map(|stage| stage.name).collect::<Vec<_>>()
    };
    assert!(names("seed=1").contains(&"features".into()));
    assert!(!names("model.network.classes=0").contains(&"features".into()));
}

#[test]
fn a_log_whose_end_is_no_text_is_read_up_to_there() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let recipe = Recipe::resolve("ring", None, &[]).unwrap();
    write("config.toml", toml::to_string(&recipe.table()).unwrap().as_bytes());
    let line = br#"{"stage":"cm","step":7,"images":224,"time_s":1.5,"loss":0.25}"#;
    write("metrics.jsonl", &[&line[..], b"\n\xff\xfe"].concat());
    let record = Record::read(folder.path()).unwrap().unwrap();
    assert_eq!(record.stage("cm").unwrap().curve("loss"), [[7.0, 0.25]]);
}
