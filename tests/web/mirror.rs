//! The program's controls and texts, found by label as a screen reader finds them.

use serde_json::Value;

use crate::tab::Tab;

/// JavaScript: the elements whose label or text satisfies `holds(text)`.
fn elements(holds: &str) -> String {
    format!(
        "[...document.querySelectorAll('#mirror *')].filter((element) => {{
            const text = element.getAttribute('aria-label') || element.textContent;
            return {holds};
        }})"
    )
}

/// JavaScript: the frame that the mirror shows.
const FRAME: &str = "Number(document.getElementById('mirror').dataset.frame)";

impl Tab {
    /// Waits until nothing is computed any more, and all that there is to say is said.
    #[track_caller]
    pub(crate) fn settle(&mut self) {
        // Twice: what was asked for before the first frame begins to be computed at its end.
        for place in [[2.0, 2.0], [3.0, 3.0]] {
            let seen = self.evaluate(FRAME);
            self.point(place); // so that there is a next frame
            let busy = elements("text === 'computing'");
            self.wait(&format!("{FRAME} > {seen} && {busy}.length === 0"));
        }
    }

    /// Waits until something on the canvas says `text`; all that it says.
    #[track_caller]
    pub(crate) fn wait_said(&mut self, text: &str) -> String {
        let found = elements(&format!("text.includes({text:?})"));
        // Kept in the page, for it may be gone by the time it is asked for.
        let kept = format!(
            "{found}.some((element) => {{
                window.heard = element.getAttribute('aria-label') || element.textContent;
                return true;
            }})"
        );
        self.wait(&kept);
        self.evaluate("window.heard").as_str().expect("a text").to_owned()
    }

    /// Waits until nothing on the canvas says `text` any more.
    #[track_caller]
    pub(crate) fn wait_unsaid(&mut self, text: &str) {
        let found = elements(&format!("text.includes({text:?})"));
        self.wait(&format!("{found}.length === 0"));
    }

    /// Whether something on the canvas says `text`.
    pub(crate) fn is_said(&mut self, text: &str) -> bool {
        !self.said(text).is_empty()
    }

    /// All texts on the canvas that contain `text`.
    pub(crate) fn said(&mut self, text: &str) -> Vec<String> {
        let found = elements(&format!("text.includes({text:?})"));
        let texts = self.evaluate(&format!(
            "{found}.map((element) => element.getAttribute('aria-label') || element.textContent)"
        ));
        let Value::Array(texts) = texts else { panic!("{texts} is no list") };
        texts.into_iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Presses the control of that name.
    #[track_caller]
    pub(crate) fn press(&mut self, name: &str) {
        let named = elements(&format!("text === {name:?} && element.tagName === 'BUTTON'"));
        self.wait(&format!("{named}.length > 0"));
        self.evaluate(&format!("{named}[0].click()"));
    }
}
