//! The pictures of a run, as they were read last: a path alone does not tell one.
//!
//! The run may write a picture anew: where it goes on from a checkpoint, where another program trains it, or where its
//! folder was deleted and another run began there. So each belongs to an edition of the run, and one of an older
//! edition is read once more; it stays on show until then.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use eframe::egui::{TextureHandle, TextureOptions, Ui};
use image::RgbImage;

use super::paper::on_paper;
use crate::{engine::Recipe, gui::theme::palette};

/// Pictures kept ready.
const KEPT: usize = 64;

/// See the module.
#[derive(Default)]
pub(super) struct Album {
    kept: BTreeMap<PathBuf, Kept>,
    /// Whether textures are on dark paper.
    is_dark: bool,
    /// On their way, with the edition in which they were asked for.
    asked: BTreeMap<PathBuf, u64>,
    /// Why those could not be read that are not asked for again in this edition.
    failed: BTreeMap<PathBuf, String>,
    /// How often it was heard that the run wrote something.
    edition: u64,
}

/// A picture that was read.
struct Kept {
    image: RgbImage,
    /// On the paper of one theme.
    texture: Option<TextureHandle>,
    /// The edition in which it was asked for.
    edition: u64,
}

impl Album {
    /// The run wrote something: what is here may be of before, and what could not be read may be whole now.
    pub(super) fn renew(&mut self) {
        self.edition += 1;
        self.failed.clear();
    }

    /// Whether a picture has to be asked for, which is taken as done: it is neither here in this edition nor on its way.
    pub(super) fn wants(&mut self, path: &Path) -> bool {
        let is_new = self.kept.get(path).is_some_and(|kept| kept.edition == self.edition);
        if is_new || self.failed.contains_key(path) || self.asked.contains_key(path) {
            return false;
        }
        self.asked.insert(path.to_owned(), self.edition);
        true
    }

    /// A picture was read, or not.
    pub(super) fn receive(&mut self, path: PathBuf, found: Result<RgbImage, String>) {
        // Of another run, which was left meanwhile.
        let Some(edition) = self.asked.remove(&path) else { return };
        match found {
            Ok(image) => self.keep(path, image, edition),
            // It is asked for once more.
            Err(_) if edition != self.edition => {}
            Err(sentence) => {
                self.kept.remove(&path);
                self.failed.insert(path, sentence);
            }
        }
    }

    fn keep(&mut self, path: PathBuf, image: RgbImage, edition: u64) {
        if self.kept.len() >= KEPT && !self.kept.contains_key(&path) {
            self.kept.clear();
        }
        // Most are read again for nothing: these need not go to the GPU once more.
        let same = self.kept.remove(&path).filter(|kept| kept.image == image);
        let texture = same.and_then(|kept| kept.texture);
        self.kept.insert(path, Kept { image, texture, edition });
    }

    /// Whether a picture is here, of whatever edition.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.kept.contains_key(path)
    }

    /// A picture as it was read.
    #[cfg(test)]
    pub(super) fn image(&self, path: &Path) -> Option<&RgbImage> {
        self.kept.get(path).map(|kept| &kept.image)
    }

    /// Why a picture could not be read.
    pub(super) fn failure(&self, path: &Path) -> Option<&str> {
        self.failed.get(path).map(String::as_str)
    }

    /// The picture at `path` on the theme's paper, once it was read.
    pub(super) fn texture(
        &mut self,
        ui: &Ui,
        path: &Path,
        recipe: &Recipe,
    ) -> Option<TextureHandle> {
        let is_dark = ui.visuals().dark_mode;
        if self.is_dark != is_dark {
            self.is_dark = is_dark;
            self.kept.values_mut().for_each(|kept| kept.texture = None);
        }
        let kept = self.kept.get_mut(path)?;
        let texture = kept.texture.get_or_insert_with(|| {
            let image = on_paper(&kept.image, recipe, is_dark, &palette(ui));
            ui.ctx().load_texture("samples", image, TextureOptions::LINEAR)
        });
        Some(texture.clone())
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    fn picture(shade: u8) -> RgbImage {
        RgbImage::from_pixel(2, 2, Rgb([shade; 3]))
    }

    /// The shade of the picture at `path`.
    fn shade(album: &Album, path: &Path) -> Option<u8> {
        album.image(path).map(|image| image.get_pixel(0, 0).0[0])
    }

    #[test]
    fn a_picture_that_the_run_may_have_written_anew_is_read_again_and_stays_until_then() {
        let (mut album, path) = (Album::default(), Path::new("cm-000200.png"));
        assert!(album.wants(path) && !album.wants(path), "it is on its way");
        album.receive(path.into(), Ok(picture(1)));
        assert!(!album.wants(path));

        album.renew();
        assert_eq!(shade(&album, path), Some(1), "nothing better is there");
        assert!(album.wants(path));
        album.receive(path.into(), Ok(picture(2)));
        assert_eq!(shade(&album, path), Some(2));
        assert!(!album.wants(path));

        album.renew();
        assert!(album.wants(path));
        album.receive(path.into(), Err("it is gone".into()));
        assert_eq!((shade(&album, path), album.failure(path)), (None, Some("it is gone")));
    }

    #[test]
    fn what_was_asked_for_before_the_run_wrote_is_asked_for_once_more() {
        let (mut album, path) = (Album::default(), Path::new("cm-000200.png"));
        for found in [Ok(picture(1)), Err("it is half written".into())] {
            assert!(album.wants(path));
            album.renew();
            assert!(!album.wants(path), "one answer after the other");
            album.receive(path.into(), found);
            assert_eq!(album.failure(path), None);
        }
        assert!(album.wants(path));
        album.receive("another.png".into(), Ok(picture(3)));
        assert!(!album.has(Path::new("another.png")), "nobody asked for it");
    }
}
