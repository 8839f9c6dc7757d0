//! What a model file says of itself, line by line: the network, the recipe it was trained by, the measures.

use serde_json::Value;

use crate::{
    diffusion::Prediction,
    distill::{Horizon, Loss, Starts, Weighting},
    engine::{
        Recipe, StageName, measured,
        model::{BodyConfig, ModelSpec},
        recipe::{Lesson, Optimisation, StudentRecipe},
        worker::Card,
    },
    nn::NetworkConfig,
    store::{Manifest, Role},
    train::Optimiser,
};

/// A name and its value.
pub(super) type Line = (&'static str, String);

/// Names and values, in the order of a card.
pub(super) fn lines(card: &Card) -> Vec<Line> {
    let manifest = &card.manifest;
    let mut lines = Vec::new();
    if let Some(data) = &manifest.data {
        lines.push(("data", format!("{}, {} samples", data.name, grouped(data.samples))));
        lines.push(("licence", data.licence.clone()));
    }
    // What cannot be read is of another version; the rest of the card still stands.
    let spec = serde_json::from_value::<ModelSpec>(manifest.model.clone()).ok();
    let recipe = serde_json::from_value::<Recipe>(manifest.recipe.clone()).ok();
    let is_exact = spec.as_ref().is_some_and(|s| matches!(s.body, BodyConfig::Mixture(..)));
    lines.extend(spec.map(|spec| ("network", body(&spec.body))));
    if let (Some(recipe), false) = (&recipe, is_exact) {
        lines.extend(recipe_lines(manifest, recipe));
    }
    lines.extend(measures(&manifest.metrics, recipe.map(|recipe| recipe.output.samples)));
    let short = |sum: &str| sum.get(..12).unwrap_or(sum).to_owned();
    lines.push(("seed", manifest.seed.to_string()));
    lines.extend(manifest.parent.as_deref().map(|sum| ("parent", short(sum))));
    lines.push(("SHA-256", short(&card.sha256)));
    lines.push(("written by", manifest.software.clone()));
    lines
}

/// The kind of network and how large it is.
fn body(body: &BodyConfig) -> String {
    let config = match body {
        BodyConfig::Network(config) => config,
        BodyConfig::Mixture(mixture, _) => {
            return format!("none: exact, a formula of {} components", mixture.means.len());
        }
    };
    let what = match &config.network {
        NetworkConfig::Unet(unet) => {
            let channels = unet.multipliers.iter().map(|factor| (factor * unet.base).to_string());
            format!("U-Net of {} channels", channels.collect::<Vec<_>>().join(", "))
        }
        NetworkConfig::Vit(vit) => {
            format!("transformer, {} layers of {} channels", vit.depth, vit.width)
        }
        NetworkConfig::Mlp(mlp) => format!("MLP, {} layers of width {}", mlp.layers, mlp.width),
    };
    let predicts = match config.prediction {
        Prediction::Eps => "the noise",
        Prediction::V => "v",
        Prediction::X0 => "the data",
        Prediction::F => "EDM's F",
    };
    format!("{what}, {} parameters; predicts {predicts}", grouped(config.network.parameters()))
}

/// How it was trained.
fn recipe_lines(manifest: &Manifest, recipe: &Recipe) -> Vec<Line> {
    let mut lines = Vec::new();
    let optimisation = match &manifest.role {
        Role::Teacher => {
            lines.push(("objective", "score matching, weight 1 on F".to_owned()));
            recipe.teacher.optimisation
        }
        Role::Features => {
            lines.push(("objective", "classification".to_owned()));
            recipe.features.optimisation
        }
        Role::Student(method) => {
            // One of another version is called as it calls itself.
            let stage = StageName::parse(method).ok();
            let student = stage.map_or(&recipe.student, |stage| recipe.student_of(stage));
            let (solver, n, w) = (student.method.title(), student.intervals, student.guidance);
            let loss = match student.loss {
                Loss::L2 => "L2",
                Loss::HuberElementwise => "pseudo-Huber, each value",
                Loss::HuberVector => "pseudo-Huber, whole sample",
            };
            lines.push(("method", stage.map_or_else(|| method.clone(), objective)));
            lines.extend(paths(student));
            lines.push(("teacher", format!("{solver}, N = {n}, w = {w}")));
            lines.push(("loss", loss.to_owned()));
            student.optimisation
        }
    };
    lines.push(("training", course(&optimisation, manifest.steps)));
    lines.push(("samples seen", grouped(manifest.images_seen)));
    lines
}

/// Which of the teacher's paths a student learnt from, as far as they are not the paper's.
fn paths(student: &StudentRecipe) -> Vec<Line> {
    let mut lines = Vec::new();
    match student.starts {
        Starts::Uniform => {}
        Starts::Noise(share) => {
            lines.push(("starts", format!("{}% from noise alone", (100.0 * share).round())));
        }
        Starts::LogNormal { mean, std } => {
            lines.push(("starts", format!("ln s ~ N({mean}, {std}\u{b2})")));
        }
    }
    if student.weighting == Weighting::Gap {
        lines.push(("weights", "1 / (s - s'), of a path from s to s'".to_owned()));
    }
    let lesson = |Lesson { intervals, horizon }: &Lesson| match horizon {
        Horizon::Steps(k) => format!("{k} of {intervals} teacher steps"),
        Horizon::Full => format!("all of {intervals} teacher steps"),
        Horizon::Random => format!("some of {intervals} teacher steps"),
    };
    if !student.curriculum.is_empty() {
        let lessons: Vec<String> = student.curriculum.iter().map(lesson).collect();
        lines.push(("lessons", lessons.join(", then ")));
    }
    lines
}

/// What a student learnt.
fn objective(stage: StageName) -> String {
    match stage {
        StageName::Student(Horizon::CM) => "CM: its own output, one teacher step on".into(),
        StageName::Student(Horizon::Full) => "Direct CM: the teacher's whole solution".into(),
        StageName::Student(Horizon::Random) => {
            "its own output, a random number of teacher steps on".into()
        }
        StageName::Student(Horizon::Steps(k)) => format!("its own output, {k} teacher steps on"),
        StageName::Strong => "for one step, of the teacher's solutions".into(),
        StageName::Features | StageName::Teacher => stage.file_name(), // no student's
    }
}

fn course(optimisation: &Optimisation, done: u64) -> String {
    let Optimisation { steps, batch, rate, optimiser, .. } = optimisation;
    let of = if done == *steps { String::new() } else { format!("{} of ", grouped(done)) };
    let by = match optimiser {
        Optimiser::Adamw => "",
        Optimiser::Muon => ", Muon",
    };
    format!("{of}{} steps of {batch}, rate {rate}{by}", grouped(*steps))
}

/// All that was measured, with intervals where there are any; a student on so many `noises`.
fn measures(metrics: &Value, noises: Option<usize>) -> Vec<Line> {
    let mut lines = measured(metrics);
    for (title, text) in &mut lines {
        if let Some(noises) = noises.filter(|_| *title == "ODE error") {
            *text += &format!(", {noises} noises");
        }
    }
    let device = metrics.get("device").and_then(Value::as_str);
    lines.extend(device.map(|device| ("measured on", device.to_owned())));
    lines
}

/// A count with commas between thousands.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && digits.len() > 4 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(lines: &[(&'static str, String)]) -> Vec<String> {
        lines.iter().map(|(name, value)| format!("{name}: {value}")).collect()
    }

    #[test]
    fn an_error_is_told_with_its_noises_and_where_it_was_measured() {
        let metrics = json!({
            "device": "CPU", "ode_error": 0.05, "ode_error_high": 0.06, "ode_error_low": 0.04,
        });
        let told = said(&measures(&metrics, Some(40)));
        assert_eq!(told, ["ODE error: 0.0500 [0.0400, 0.0600], 40 noises", "measured on: CPU"]);
        assert_eq!(said(&measures(&metrics, None))[0], "ODE error: 0.0500 [0.0400, 0.0600]");
    }

    #[test]
    fn a_card_tells_the_recipe_of_the_file_and_short_sums_are_no_bug() {
        let recipe = Recipe::resolve("ring", None, &[]).expect("a preset");
        let body = BodyConfig::Network(recipe.model.clone());
        let spec = ModelSpec { body, boundary: Some(recipe.student.boundary) };
        let manifest = Manifest {
            format: 1,
            role: Role::Student("direct".into()),
            name: "ring, Direct CM".into(),
            model: serde_json::to_value(spec).expect("plain values"),
            recipe: serde_json::to_value(&recipe).expect("plain values"),
            parent: Some("abc".into()),
            data: None,
            metrics: json!({}),
            seed: 1,
            images_seen: 1_234_567,
            steps: 7,
            golden: None,
            software: "a test".into(),
        };
        let mut card = Card { title: "Direct CM".into(), manifest, sha256: "é".repeat(9) };
        let whole = said(&lines(&card)).join("\n");
        let parameters = format!("{} parameters", grouped(recipe.model.network.parameters()));
        for part in ["MLP", parameters.as_str(), "whole solution", "N = ", "loss: ", "7 of "] {
            assert!(whole.contains(part), "`{part}` is missing in\n{whole}");
        }
        assert!(whole.contains("parent: abc") && whole.contains("1,234,567"), "{whole}");
        card.manifest.recipe = json!("of another version");
        assert!(said(&lines(&card)).join("\n").contains("seed: 1"));
    }
    #[test]
    fn what_a_student_learnt_otherwise_than_the_paper_s_is_told() {
        let student = |set: &str| {
            let strong = ["strong={}".to_owned(), format!("strong.{set}")];
            Recipe::resolve("ring", None, &strong).expect(set).strong.expect("a table")
        };
        let plain = Recipe::resolve("ring", None, &[]).expect("a preset").student;
        assert!(paths(&plain).is_empty());
        let told = |set| said(&paths(&student(set)));
        assert_eq!(told("starts={ noise = 0.5 }"), ["starts: 50% from noise alone"]);
        let lessons = "curriculum=[{ intervals = 5, horizon = { steps = 1 } }, \
                       { intervals = 10, horizon = \"random\" }]";
        assert_eq!(told(lessons), ["lessons: 1 of 5 teacher steps, then some of 10 teacher steps"]);
        assert_eq!(told("weighting=\"gap\""), ["weights: 1 / (s - s'), of a path from s to s'"]);
    }
}
