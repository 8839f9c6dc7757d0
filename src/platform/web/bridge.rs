//! What the boot script of the page does for the program (`wasm/boot.js`).

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The bytes of a file beside the page, checked against its hash.
    #[wasm_bindgen(js_namespace = skipstone, catch)]
    pub async fn asset(path: &str) -> Result<JsValue, JsValue>;
    /// The bytes at an address.
    #[wasm_bindgen(js_namespace = skipstone, js_name = fetchWeights, catch)]
    pub async fn fetch_weights(address: &str) -> Result<JsValue, JsValue>;
    /// Takes the loading screen away.
    #[wasm_bindgen(js_namespace = skipstone)]
    pub fn painted();
    /// Notes that the first samples are on screen.
    #[wasm_bindgen(js_namespace = skipstone)]
    pub fn pictured();
    /// Bytes of files on their way: those that are here, and all.
    #[wasm_bindgen(js_namespace = skipstone)]
    pub fn arriving() -> Vec<f64>;
    /// Says that the program cannot go on, and what a person can do.
    #[wasm_bindgen(js_namespace = skipstone)]
    pub fn failed(title: &str, next: &str);
    /// Shows the pictures made beforehand: why, and what would give the live page.
    #[wasm_bindgen(js_namespace = skipstone)]
    pub fn still(why: &str, next: &str);
    /// Puts text on the clipboard.
    #[wasm_bindgen(js_namespace = skipstone, js_name = copyText, catch)]
    pub async fn copy_text(text: &str) -> Result<(), JsValue>;
    /// Puts a PNG there.
    #[wasm_bindgen(js_namespace = skipstone, js_name = copyPicture, catch)]
    pub async fn copy_picture(png: &[u8]) -> Result<(), JsValue>;
    /// Opens the dialog of a field for files, where a person's click or key has asked for it.
    #[wasm_bindgen(js_namespace = skipstone, js_name = openDialog)]
    pub fn open_dialog(field: &web_sys::HtmlInputElement);
    /// Waits for the tab to be looked at.
    #[wasm_bindgen(js_namespace = skipstone)]
    pub async fn hidden();
}
