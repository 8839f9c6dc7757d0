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

impl Tab {
    /// Waits until something on the canvas says `text`.
    #[track_caller]
    pub(crate) fn wait_said(&mut self, text: &str) {
        self.wait(&format!("{}.length > 0", elements(&format!("text.includes({text:?})"))));
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
