//! The arrows and invariants of ARCHITECTURE.md, checked on the source text.

use std::{fs, path::Path};

use ab_glyph::{Font as _, FontRef};
use skipstone::picture::text;

/// Bottom first. A module may use only modules on earlier lines.
const LAYERS: [&[&str]; 9] = [
    &["math", "platform"],
    &["data", "nn", "solver"],
    &["diffusion"],
    &["consistency"],
    &["distill", "train", "eval", "picture"],
    &["store"],
    &["engine"],
    &["gui"],
    &["cli"],
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|names| names.contains(&module))
}

/// Each file of src with its module and text.
fn visit(path: &Path, check: &mut impl FnMut(&str, &Path, &str)) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a readable folder") {
            visit(&entry.expect("a readable entry").path(), check);
        }
    } else if path.extension().is_some_and(|e| e == "rs") {
        let inside = path.strip_prefix(&root).expect("inside src");
        let own = inside.iter().next().and_then(|n| n.to_str()).unwrap_or("");
        let text = fs::read_to_string(path).expect("a readable file");
        check(own.trim_end_matches(".rs"), inside, &text);
    }
}

fn each_file(mut check: impl FnMut(&str, &Path, &str)) {
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut check);
}

#[test]
fn modules_only_use_lower_layers() {
    let mut wrong = Vec::new();
    each_file(|own, path, text| {
        let Some(own_layer) = layer(own) else { return };
        for (number, line) in text.lines().enumerate() {
            for used in names_after(line, "crate::") {
                if used != own && layer(&used).is_some_and(|l| l >= own_layer) {
                    let place = format!("{}:{}", path.display(), number + 1);
                    wrong.push(format!("{place}: {own} must not use {used}"));
                }
            }
        }
        // `use crate::{a::..., b::...}` over several lines.
        for group in text.split("use crate::{").skip(1) {
            let body = group.split("\n};").next().unwrap_or("");
            for line in
                body.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     "))
            {
                let used: String =
                    line.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if used != own && layer(&used).is_some_and(|l| l >= own_layer) {
                    wrong.push(format!("{}: {own} must not use {used}", path.display()));
                }
            }
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn names_after(line: &str, prefix: &str) -> Vec<String> {
    let name = |rest: &str| {
        rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    line.split(prefix).skip(1).map(name).collect()
}

#[test]
fn math_knows_no_tensors_and_solvers_and_networks_no_diffusion() {
    each_file(|own, path, text| {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code = code.collect::<Vec<_>>().join("\n");
        let forbidden: &[&str] = match own {
            "math" => &["burn::"],
            "nn" => &["precondition", "schedule", "diffusion"],
            "solver" => &["schedule", "diffusion"],
            "store" | "picture" => &["burn::"],
            "cli" | "gui" => &["burn::"],
            _ => &[],
        };
        for word in forbidden {
            assert!(!code.contains(word), "{} must not name {word}", path.display());
        }
    });
}

#[test]
fn platform_differences_stay_in_their_place() {
    each_file(|own, path, text| {
        if !["platform", "main", "web", "lib"].contains(&own) {
            for mark in ["target_family", "target_arch", "cfg(unix)", "test, unix"] {
                assert!(!text.contains(mark), "{} must not name {mark}", path.display());
            }
            // A page has no clock of the standard library's.
            let is_of_web = !text.contains("Instant") || text.contains("web_time");
            assert!(is_of_web, "{} must take Instant from web_time", path.display());
        }
    });
}

#[test]
fn library_code_never_blocks_on_a_read() {
    each_file(|_, path, text| {
        let product = text.split("#[cfg(test)]").next().unwrap_or("");
        let is_test = path.to_string_lossy().contains("test");
        for call in [".into_data()", ".to_data()", ".into_scalar()", ".into_scalar::<"] {
            assert!(is_test || !product.contains(call), "{} blocks: {call}", path.display());
        }
        // A job that is dropped must not drop its reads: see `platform::whole`.
        let count = |what: &str| product.matches(what).count();
        let reads: usize = [".into_data_async()", ".execute_async()", ".into_scalar_async::<"]
            .map(count)
            .iter()
            .sum();
        assert!(is_test || count("whole(") >= reads, "{} may leave a read", path.display());
    });
}

#[test]
fn files_stay_small() {
    each_file(|_, path, text| {
        let lines = text.lines().count();
        assert!(lines <= 300, "{} has {lines} lines; one idea a file", path.display());
    });
}

#[test]
fn the_fonts_have_every_sign_that_is_written() {
    let fonts = [text::REGULAR, text::SEMIBOLD]
        .map(|bytes| FontRef::try_from_slice(bytes).expect("a font of the program"));
    let mut missing = Vec::new();
    each_file(|own, path, text| {
        if !["gui", "picture", "web"].contains(&own) {
            return;
        }
        for sign in text.chars().filter(|sign| !sign.is_ascii()) {
            if fonts.iter().any(|font| font.glyph_id(sign).0 == 0) {
                missing.push(format!("{}: {sign}", path.display()));
            }
        }
    });
    assert!(missing.is_empty(), "not in Inter as cut: {missing:?}");
}
