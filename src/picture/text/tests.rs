use super::*;

const STYLE: Style = Style::light(16.0, [0; 3]);

fn page() -> RgbImage {
    RgbImage::from_pixel(200, 40, image::Rgb([255; 3]))
}

fn ink(canvas: &RgbImage) -> u64 {
    canvas.pixels().map(|pixel| u64::from(255 - pixel.0[0])).sum()
}

#[test]
fn width_grows_with_the_text_and_with_its_size() {
    assert_eq!(width("", STYLE), 0.0);
    assert!(width("step", STYLE) < width("steps", STYLE));
    let double = width("steps", Style { size_px: 32.0, ..STYLE });
    assert!((double - 2.0 * width("steps", STYLE)).abs() < 1e-3);
}

#[test]
fn strong_text_has_more_ink_than_light_text() {
    let (mut light, mut strong) = (page(), page());
    draw(&mut light, [10, 25], "Direct CM", STYLE);
    draw(&mut strong, [10, 25], "Direct CM", Style { weight: Weight::Strong, ..STYLE });
    assert!(ink(&strong) > ink(&light) && ink(&light) > 0);
}

#[test]
fn text_stands_on_its_baseline() {
    let mut canvas = page();
    draw(&mut canvas, [10, 25], "HEH", STYLE);
    let rows_with_ink = |rows: std::ops::Range<u32>| {
        rows.filter(|y| (0..200).any(|x| canvas.get_pixel(x, *y).0 != [255; 3])).count()
    };
    assert_eq!(rows_with_ink(25..40), 0);
    assert!((10..=13).contains(&rows_with_ink(0..25)));
}

#[test]
fn text_that_leaves_the_canvas_is_cut_off() {
    let mut canvas = page();
    for at in [[-50, 25], [190, 25], [10, -3], [10, 45], [9_000, 9_000]] {
        draw(&mut canvas, at, "beyond the edge of the page", STYLE);
    }
}

#[test]
fn text_that_is_too_long_ends_in_an_ellipsis_and_fits() {
    let long = "a heading ".repeat(1_000);
    let short = fit(&long, STYLE, 100.0);
    assert!(short.ends_with('…') && width(&short, STYLE) <= 100.0);
    assert_eq!(fit("short", STYLE, 100.0), "short");
    assert_eq!(fit("no room at all", STYLE, 0.0), "…");
}

#[test]
fn wrapped_text_keeps_its_words_within_the_limit() {
    let text = "each row starts from the same noise and each column is one sampler";
    let lines = wrap(text, STYLE, 120.0);
    assert!(lines.len() > 2 && lines.iter().all(|line| width(line, STYLE) <= 120.0));
    assert_eq!(lines.join(" "), text);
}
