//! What a hand does to a page: mouse, touch, keys, files.

#![allow(dead_code, reason = "what a hand can do is the same for every test, used or not")]

use std::path::Path;

use serde_json::json;

use crate::tab::Tab;

impl Tab {
    /// Moves the mouse.
    pub(crate) fn point(&mut self, [x, y]: [f64; 2]) {
        self.call("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": x, "y": y }));
    }

    /// Clicks with the left button.
    pub(crate) fn click(&mut self, place: [f64; 2]) {
        self.drag(place, place);
    }

    /// Presses the left button at one place and lets it go at another.
    pub(crate) fn drag(&mut self, from: [f64; 2], to: [f64; 2]) {
        self.point(from);
        let button = |kind: &str, [x, y]: [f64; 2]| json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
        self.call("Input.dispatchMouseEvent", button("mousePressed", from));
        if from != to {
            self.point(to);
        }
        self.call("Input.dispatchMouseEvent", button("mouseReleased", to));
    }

    /// Taps with a finger.
    pub(crate) fn tap(&mut self, place: [f64; 2]) {
        self.swipe(place, place);
    }

    /// Moves a finger over the screen.
    pub(crate) fn swipe(&mut self, from: [f64; 2], to: [f64; 2]) {
        const MOVES: u32 = 10;
        let touch = |kind: &str, points: Vec<[f64; 2]>| {
            let points: Vec<_> =
                points.into_iter().map(|[x, y]| json!({ "x": x, "y": y })).collect();
            json!({ "type": kind, "touchPoints": points })
        };
        self.call("Input.dispatchTouchEvent", touch("touchStart", vec![from]));
        for i in (1..=MOVES).filter(|_| from != to) {
            let part = f64::from(i) / f64::from(MOVES);
            let on_the_way = [0, 1].map(|axis| from[axis] + part * (to[axis] - from[axis]));
            self.call("Input.dispatchTouchEvent", touch("touchMove", vec![on_the_way]));
        }
        self.call("Input.dispatchTouchEvent", touch("touchEnd", Vec::new()));
    }

    /// Presses a key by its name in the DOM (`Enter`, `ArrowLeft`, `d`), with Ctrl if asked.
    pub(crate) fn key(&mut self, key: &str, with_ctrl: bool) {
        let letter = key.chars().next().filter(|_| key.len() == 1);
        let code = letter.map_or(key.to_owned(), |l| format!("Key{}", l.to_ascii_uppercase()));
        let text = if with_ctrl { None } else { letter.map(String::from) };
        let modifiers = if with_ctrl { 2 } else { 0 };
        let down = if text.is_some() { "keyDown" } else { "rawKeyDown" };
        for (kind, text) in [(down, text), ("keyUp", None)] {
            let mut event =
                json!({ "type": kind, "key": key, "code": code, "modifiers": modifiers });
            if let Some(text) = text {
                event["text"] = text.into();
            }
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Types a text where the focus is.
    pub(crate) fn write(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Drops a file on the page.
    pub(crate) fn drop_file(&mut self, [x, y]: [f64; 2], file: &Path) {
        for kind in ["dragEnter", "dragOver", "drop"] {
            let dragged = json!({ "items": [], "files": [file], "dragOperationsMask": 1 });
            let event = json!({ "type": kind, "x": x, "y": y, "data": dragged });
            self.call("Input.dispatchDragEvent", event);
        }
    }
}
