use super::*;

fn estimate(mean: f64) -> Estimate {
    Estimate { mean, low: 0.8 * mean, high: 1.2 * mean }
}

fn chart(names: &[&str], dots: usize) -> Dots {
    let dot = |i: usize| Dot {
        label: format!("{}", 1 << i),
        x: estimate(0.01 * 2f64.powi(i as i32)),
        y: estimate(3.0 + i as f64),
        is_hollow: i > 0,
    };
    let series = names.iter().enumerate().map(|(order, name)| DotSeries {
        name: (*name).to_owned(),
        order,
        dots: (0..dots).map(dot).collect(),
    });
    Dots {
        title: "Better <solving> & \"samples\"".into(),
        subtitle: "ring".into(),
        x: Axis { name: "ODE error".into(), is_logarithmic: true },
        y: Axis { name: "Frechet distance".into(), is_logarithmic: false },
        y_ends: Ends::FromZero,
        better: ["solves the ODE better".into(), "better samples".into()],
        is_better_up: false,
        series: series.collect(),
        rules: vec![Rule { name: "Teacher".into(), y: estimate(0.5) }],
        foot: "N = 64".into(),
    }
}

/// Panics where tags do not nest or a bare `&` or `<` is left; returns how often each was opened.
fn tags(svg: &str) -> std::collections::BTreeMap<String, usize> {
    let (mut open, mut counts) = (Vec::new(), std::collections::BTreeMap::new());
    for piece in svg.split('<').skip(1) {
        let (tag, rest) = piece.split_once('>').expect("a tag ends");
        assert_eq!(tag.matches('"').count() % 2, 0, "quotes in {tag}");
        let entities = ["&amp;", "&lt;", "&gt;", "&quot;"];
        let bare = entities.iter().fold(rest.to_owned(), |text, name| text.replace(name, ""));
        assert!(!bare.contains('&'), "{rest}");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or("");
        if tag.starts_with('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        *counts.entry(name.to_owned()).or_default() += 1;
        if !tag.ends_with('/') {
            open.push(name.to_owned());
        }
    }
    assert!(open.is_empty(), "{open:?} stay open");
    counts
}

#[test]
fn the_svg_is_well_formed_and_holds_every_dot_with_its_name() {
    let svg = chart(&["CM", "a <b> & \"c\""], 4).svg();
    assert_eq!(tags(&svg).get("circle"), Some(&8));
    assert!(svg.contains("<title>CM, 8</title>"));
    assert!(svg.contains("<title>a &lt;b&gt; &amp; &quot;c&quot;, 1</title>"));
}

#[test]
fn a_dot_has_its_colour_at_the_same_place_in_both_files() {
    let chart = chart(&["CM"], 1);
    let Some(Mark::Disc { centre, .. }) =
        chart.drawing().marks.into_iter().find(|mark| matches!(mark, Mark::Disc { .. }))
    else {
        panic!("a dot is drawn")
    };
    let [x, y] = centre;
    assert!(chart.svg().contains(&format!("cx=\"{x:.2}\" cy=\"{y:.2}\"")));
    assert_eq!(chart.draw().get_pixel(x as u32, y as u32).0, accent("CM", 0));
}

#[test]
fn names_of_series_stand_off_that_of_a_rule_wherever_it_lies() {
    let mut chart = chart(&["CM", "Direct CM"], 1);
    for mean in (0..36).map(|tenths| f64::from(tenths) / 10.0) {
        chart.rules[0].y = Estimate { mean, low: mean, high: mean };
        let marks = chart.drawing().marks;
        let baseline = |name: &str| {
            let own = |mark: &Mark| match mark {
                Mark::Text { place, text, .. } if text == name => Some(place[1]),
                _ => None,
            };
            marks.iter().find_map(own).expect("every name is written")
        };
        for name in ["CM", "Direct CM"] {
            let apart = (baseline(name) - baseline("Teacher")).abs();
            // Letters and what hangs below them.
            assert!(apart >= 18.0, "{name} is {apart} pixels from the level {mean}");
        }
    }
}

#[test]
fn values_that_cannot_be_shown_and_an_empty_chart_are_drawn_without_them() {
    let mut chart = chart(&["CM"], 2);
    chart.series[0].dots[0].x.mean = f64::NAN;
    assert_eq!(tags(&chart.svg()).get("circle"), Some(&1));
    chart.series.clear();
    chart.rules.clear();
    chart.draw();
}
