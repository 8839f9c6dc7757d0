//! The two picture sets inside this program, so that training on real images needs no download.
//!
//! How the archives were made, their sums and licences: `assets/data/README.md`.

use image::DynamicImage;

use super::archive::{self, Packing};
use super::known;
use super::pictures::Pictures;
use crate::platform::{Asset, asset};

use super::{DataCard, DataError, LoadOptions, Loaded, Source, Watch};

static EMOJI: Asset = asset!("data/emoji.tar.gz");
const EMOJI_LICENCE: &str = "Apache-2.0 / OFL-1.1 (Google Noto Emoji)";
static TILES: Asset = asset!("data/tiles.tar.gz");
const TILES_LICENCE: &str = "CC0-1.0";
const TILES_ROOT: &str = "crawl-tiles/releases/Nov-2015/";
/// Top folders that hold whole pictures, and the class each is.
const TILE_CLASSES: [(&str, &str); 3] = [("dngn", "dungeon"), ("item", "item"), ("mon", "monster")];
const TILE_SIDE: u32 = 32;
/// Part of its pixels that a tile must cover; below are corners and shadows that lie over other
/// tiles.
const TILE_COVER: f64 = 0.10;
/// Nobody counts them first: they are decoded in a moment.
const UNCOUNTED: usize = 0;

/// Fetches the data called `name`, where it travels with the program but is not here yet.
pub async fn fetch(name: &str) -> Result<(), String> {
    match Source::from(name) {
        Source::Emoji => EMOJI.fetch().await.map(drop),
        Source::Tiles => TILES.fetch().await.map(drop),
        Source::Path(_) => Ok(()),
    }
}

fn here(name: &str, asset: &'static Asset) -> Result<&'static [u8], DataError> {
    asset.bytes().ok_or_else(|| DataError::Away { name: name.to_owned() })
}

/// The emoji of one code point each, in eight categories.
pub(super) fn emoji(options: &LoadOptions, watch: &mut Watch<'_>) -> Result<Loaded, DataError> {
    let mut pictures = Pictures::new("emoji", options, UNCOUNTED, watch);
    let bytes = here("emoji", &EMOJI)?;
    let others = archive::visit("emoji", bytes, Packing::TarGz, &mut |path, content| {
        pictures.add_file(path, content)
    })?;
    pictures.finish(card("emoji", bytes, EMOJI_LICENCE), others)
}

/// The game tiles that are whole pictures, in three classes.
pub(super) fn tiles(options: &LoadOptions, watch: &mut Watch<'_>) -> Result<Loaded, DataError> {
    let mut pictures = Pictures::new("tiles", options, UNCOUNTED, watch).only(is_whole);
    let bytes = here("tiles", &TILES)?;
    let others = archive::visit("tiles", bytes, Packing::TarGz, &mut |path, content| {
        tile_path(path).map_or(Ok(()), |path| pictures.add_file(&path, content))
    })?;
    pictures.finish(card("tiles", bytes, TILES_LICENCE), others)
}

/// The path below its class of a tile that may be a whole picture.
///
/// Left out: things to be laid over one another (`player`, `gui`, `misc`, `effect`), pieces of
/// tentacles, and the little signs on items (`i-...`).
fn tile_path(path: &str) -> Option<String> {
    let (top, rest) = path.strip_prefix(TILES_ROOT)?.split_once('/')?;
    let (_, class) = TILE_CLASSES.iter().find(|(folder, _)| *folder == top)?;
    let is_sign = rest.rsplit('/').next()?.starts_with("i-");
    let is_piece = rest.starts_with("tentacles/");
    (!is_sign && !is_piece).then(|| format!("{class}/{rest}"))
}

/// Whether a tile has the common size and covers enough of it to be seen.
fn is_whole(tile: &DynamicImage) -> bool {
    let tile = tile.to_rgba8();
    let visible = tile.pixels().filter(|pixel| pixel.0[3] >= 128).count();
    tile.dimensions() == (TILE_SIDE, TILE_SIDE)
        && visible as f64 >= TILE_COVER * f64::from(TILE_SIDE * TILE_SIDE)
}

fn card(name: &str, bytes: &[u8], licence: &str) -> DataCard {
    DataCard {
        name: name.to_owned(),
        sha256: known::sha256([bytes]),
        licence: licence.to_owned(),
        samples: 0,
        classes: Vec::new(),
    }
}
