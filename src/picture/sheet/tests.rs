use super::*;
use crate::picture::grid::byte;

const SHAPE: Shape = Shape { channels: 1, height: 8, width: 8 };

fn images(value: f32, rows: usize) -> Cell {
    Cell::Images { values: vec![value; rows * SHAPE.len()], shape: SHAPE }
}

fn column(group: &str, heading: &str, captions: &[&str], cell: Cell) -> Column {
    Column {
        group: group.to_owned(),
        heading: heading.to_owned(),
        captions: captions.iter().map(|caption| (*caption).to_owned()).collect(),
        cell,
    }
}

fn sheet(columns: Vec<Column>) -> Sheet {
    Sheet {
        title: "Teacher, CM and Direct CM".to_owned(),
        subtitle: "digits · seed 0".to_owned(),
        measures: Vec::new(),
        columns,
        foot: "Each row starts from the same noise.".to_owned(),
    }
}

fn three(rows: usize) -> Sheet {
    sheet(vec![
        column("Teacher", "100 steps", &["NFE 199"], images(-0.5, rows)),
        column("CM", "1 step", &["NFE 1", "ODE error 0.0123"], images(0.0, rows)),
        column("Direct CM", "1 step", &["NFE 1"], images(0.5, rows)),
    ])
}

fn count(picture: &RgbImage, grey: u8) -> usize {
    picture.pixels().filter(|pixel| pixel.0 == [grey; 3]).count()
}

#[test]
fn every_image_is_enlarged_by_the_same_whole_factor() {
    let picture = three(3).draw();
    let pixels = 3 * SHAPE.len() * 17 * 17; // three rows, 136 / 8 = 17 times larger
    for value in [-0.5, 0.0, 0.5] {
        let found = count(&picture, byte(value));
        assert!(found.abs_diff(pixels) < 400, "{found} pixels of {value}, expected {pixels}");
    }
}

#[test]
fn a_row_more_makes_the_sheet_taller_and_a_column_more_makes_it_wider() {
    let small = three(2).draw();
    assert!(three(3).draw().height() > small.height());
    let mut wide = three(2);
    let more = (0..4).map(|_| column("Direct CM", "2 steps", &[], images(0.0, 2)));
    wide.columns.extend(more);
    assert!(wide.draw().width() > small.width());
    assert_eq!(wide.draw().height(), small.height());
}

#[test]
fn empty_sheets_and_empty_captions_are_drawn() {
    sheet(Vec::new()).draw();
    three(0).draw();
    let empty = Cell::Points { values: Vec::new(), labels: Vec::new(), reach: None };
    sheet(vec![column("", "", &[""], empty), column("", "", &[], images(0.0, 1))]).draw();
}

#[test]
fn words_that_are_too_long_neither_widen_the_sheet_nor_run_into_their_neighbour() {
    let short = three(2).draw();
    let mut long = three(2);
    long.title = "title ".repeat(20);
    for column in &mut long.columns {
        column.heading = "a very long heading ".repeat(30);
        column.captions = vec!["0.123456789 ".repeat(30)];
    }
    let picture = long.draw();
    assert_eq!(picture.width(), short.width());
    let last = long.columns.len() - 1;
    let layout = Layout::of(&long);
    let gap = layout.lefts[1] - 12..layout.lefts[1] - 4;
    let rows = layout.heading_baseline() - 12..layout.heading_baseline() + 4;
    for (x, y) in gap.flat_map(|x| rows.clone().map(move |y| (x, y))) {
        assert_eq!(picture.get_pixel(x as u32, y as u32).0, PAPER);
    }
    assert!(layout.lefts[last] + layout.column_width <= layout.width - MARGIN);
}

#[test]
fn measures_stand_under_the_noise_or_in_a_gutter_of_their_own() {
    let mut with_gutter = three(1);
    with_gutter.measures = vec!["network calls".to_owned()];
    assert!(Layout::of(&with_gutter).lefts[0] > MARGIN);

    let mut with_noise = with_gutter.clone();
    with_noise.columns.insert(0, column("Noise", "z", &[], Cell::noise_images(&[0.0; 64], SHAPE)));
    let layout = Layout::of(&with_noise);
    assert_eq!(layout.lefts[0], MARGIN);
    assert!(layout.names_width > 80);
}

#[test]
fn noise_of_two_and_a_half_deviations_is_white() {
    let Cell::Images { values, .. } = Cell::noise_images(&[2.5, -2.5, 0.0], SHAPE) else {
        panic!("noise is shown as images");
    };
    assert_eq!(values, [1.0, -1.0, 0.0]);
}

#[test]
fn wide_noise_does_not_shrink_the_samples() {
    let draw = |noise: f32| {
        let samples =
            Cell::Points { values: vec![0.5, 0.5, -0.5, -0.5], labels: vec![0, 1], reach: None };
        // One point, far outside the plot of three deviations.
        let noise = Cell::noise_points(vec![noise, 0.0], vec![0]);
        let columns = vec![column("Noise", "z", &[], noise), column("CM", "1 step", &[], samples)];
        sheet(columns).draw()
    };
    assert_eq!(draw(40.0), draw(9.0));
}

#[test]
fn points_of_different_labels_have_different_colours() {
    let points = |labels| Cell::Points { values: vec![0.5, 0.5, -0.5, -0.5], labels, reach: None };
    let one = sheet(vec![column("CM", "1 step", &[], points(vec![0, 0]))]).draw();
    let two = sheet(vec![column("CM", "1 step", &[], points(vec![0, 1]))]).draw();
    assert_eq!(one.dimensions(), two.dimensions());
    assert_ne!(one, two);
}
