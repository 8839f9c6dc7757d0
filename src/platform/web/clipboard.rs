//! The browser's clipboard, which answers later, and may refuse.

use std::{future::Future, io::Cursor};

use eframe::egui::Context;
use image::{ImageFormat, RgbImage};
use wasm_bindgen::JsValue;

use super::{bridge, sentence, window};

/// Copies text for pasting elsewhere; why not, in words.
pub fn copy_text(_: &Context, text: String) -> impl Future<Output = Result<(), String>> + use<> {
    copied(async move { bridge::copy_text(&text).await })
}

/// The same with a picture.
pub fn copy_picture(
    _: &Context,
    picture: &RgbImage,
) -> impl Future<Output = Result<(), String>> + use<> {
    let mut png = Cursor::new(Vec::new());
    let written = picture.write_to(&mut png, ImageFormat::Png);
    copied(async move {
        written.map_err(|error| JsValue::from(error.to_string()))?;
        bridge::copy_picture(&png.into_inner()).await
    })
}

/// Whether the browser copied: a page within another one, for instance, may be forbidden to.
async fn copied(copying: impl Future<Output = Result<(), JsValue>>) -> Result<(), String> {
    if !window().is_secure_context() {
        let only = "the browser lets pages copy that come over https (or from this machine) only";
        return Err(only.into());
    }
    copying.await.map_err(|thrown| format!("the browser refused to copy ({})", sentence(thrown)))
}
