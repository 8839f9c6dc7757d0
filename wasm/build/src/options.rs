//! What can be typed after `cargo page`.

/// The help.
pub const HELP: &str = "\
Builds the page into wasm/dist.

Usage: cargo page [--quick] [--skip-pictures] [--site URL]

  --quick          the dev profile and no slow compression: to look at a change, not to publish
  --skip-pictures  leave out the pictures that are drawn by the native program
  --site URL       where the page will be, with a / at its end: link previews need whole addresses
";

/// What is wrong about a site.
const SITE: &str = "--site needs an address such as https://name.github.io/skipstone/";

/// What is built.
#[derive(Debug)]
pub struct Options {
    /// To look at a change: the dev profile, fast compression, any size.
    pub quick: bool,
    /// With the pictures that the native program draws.
    pub pictures: bool,
    /// Where the page will be; empty where that is not known.
    pub site: String,
}

impl Options {
    /// Reads the words; nothing where help is asked for.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut options = Self { quick: false, pictures: true, site: String::new() };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--quick" => options.quick = true,
                "--skip-pictures" => options.pictures = false,
                "--site" => options.site = words.next().filter(|site| is_site(site)).ok_or(SITE)?,
                "--help" | "-h" => return Ok(None),
                _ => return Err(format!("there is no option {word}\n\n{HELP}")),
            }
        }
        Ok(Some(options))
    }
}

/// It goes into the page's attributes as it is.
fn is_site(site: &str) -> bool {
    site.starts_with("https://") && site.ends_with('/') && !site.contains(['"', '<', '>', '&', ' '])
}
