//! The arrows and invariants of ARCHITECTURE.md, checked on the source text.

use std::{fs, path::Path};

use ab_glyph::{Font as _, FontRef};
use skipstone::picture::text;

/// Bottom first. A module may use only modules on earlier lines.
const LAYERS: [&[&str]; 9] = [
    &["math", "platform"],
    &["data", "nn", "solver"],
    &["diffusion", "train"],
    &["consistency"],
    &["distill", "eval", "picture"],
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
        for used in modules_used(path, text) {
            if used != own && layer(&used).is_some_and(|l| l >= own_layer) {
                wrong.push(format!("{}: {own} must not use {used}", path.display()));
            }
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_way_to_name_a_module_is_seen() {
    let used = |path: &str, text: &str| modules_used(Path::new(path), text);
    let group =
        "    use crate::{\n        data::{self, Dataset},\n        math::seed::Seed,\n    };";
    assert_eq!(used("nn/a.rs", group), ["data", "math"]);
    assert_eq!(
        used("nn/a.rs", "use crate::{engine::Lab, gui::App}; let x = crate::web::x;"),
        ["engine", "gui", "web"]
    );
    assert_eq!(
        used("nn/kernel/a.rs", "use super::super::super::engine::Lab; use super::b;"),
        ["engine"]
    );
    assert_eq!(
        used("nn/kernel/mod.rs", "use super::super::{engine::Lab, train}; super::x()"),
        ["engine", "train"]
    );
}

/// The top modules that a file names, from the crate's root or up from itself.
fn modules_used(path: &Path, text: &str) -> Vec<String> {
    let depth = path.components().count() - usize::from(path.ends_with("mod.rs"));
    let up = "super::".repeat(depth);
    let from_root = text.split("crate::").skip(1);
    let from_here = text.split(up.as_str()).skip(1).filter(|rest| !rest.starts_with("super::"));
    from_root.chain(from_here).flat_map(first_names).collect()
}

/// The name that a path goes on with, or the first names within its braces.
fn first_names(rest: &str) -> Vec<String> {
    let name = |part: &str| {
        part.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            _ => {}
        }
        if c != ',' || depth > 0 {
            parts.last_mut().expect("one at least").push(c);
        }
    }
    let names = parts.iter().map(|part| name(part));
    names.filter(|name: &String| !name.is_empty()).collect()
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
        let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or("");
        let is_test = path.ends_with("tests.rs") || path.iter().any(|part| part == "tests");
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
