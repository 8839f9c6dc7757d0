//! A tab: what a person and a network do to it, and what it shows.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{browser::Browser, socket::Socket};

/// A shader on a busy machine without a GPU takes a while; a test that waits longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// Where pictures of what was seen are left.
pub(crate) fn pictures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/page")
}

/// What becomes of a request.
pub(crate) enum Verdict {
    /// It goes on its way.
    Pass,
    /// The connection fails.
    Block,
    /// This answers instead.
    Answer(u16, Vec<u8>),
}

/// Decides about the request for an address.
type Rule = Box<dyn FnMut(&str) -> Verdict>;

/// See the module.
pub(crate) struct Tab {
    socket: Socket,
    session: String,
    last_call: u64,
    rule: Option<Rule>,
    /// What the page complained about in its console: errors, and breaches of its security policy.
    pub(crate) complaints: Vec<String>,
    /// Every address that was asked for.
    pub(crate) requests: Vec<String>,
    _browser: Browser,
}

impl Tab {
    pub(crate) fn attach(socket: Socket, browser: Browser) -> Self {
        let mut tab = Self {
            socket,
            session: String::new(),
            last_call: 0,
            rule: None,
            complaints: Vec::new(),
            requests: Vec::new(),
            _browser: browser,
        };
        let targets = tab.call("Target.getTargets", json!({}));
        let targets = targets["targetInfos"].as_array().expect("a list of tabs");
        let page = targets.iter().find(|target| target["type"] == "page").expect("a tab");
        let attached = json!({ "targetId": page["targetId"], "flatten": true });
        let session = tab.call("Target.attachToTarget", attached);
        tab.session = session["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            tab.call(&format!("{domain}.enable"), json!({}));
        }
        tab
    }

    /// Calls a method of the DevTools protocol and returns its result.
    pub(crate) fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.try_call(method, parameters).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn try_call(&mut self, method: &str, parameters: Value) -> Result<Value, String> {
        let call = self.post(method, parameters);
        let end = Instant::now() + PATIENCE;
        loop {
            // Events alone are no answer, however many come.
            let late = || format!("no answer within {PATIENCE:?}");
            let patience = end.checked_duration_since(Instant::now()).ok_or_else(late)?;
            let message = self.socket.receive(patience).map_err(|error| error.to_string())?;
            let message = message.ok_or_else(late)?;
            let message: Value =
                serde_json::from_str(&message).map_err(|error| error.to_string())?;
            if message["id"] == call {
                return match &message["error"] {
                    Value::Null => Ok(message["result"].clone()),
                    error => Err(error["message"].as_str().unwrap_or_default().to_owned()),
                };
            }
            self.hear(&message);
        }
    }

    /// Sends a call without waiting; its number.
    pub(crate) fn post(&mut self, method: &str, parameters: Value) -> u64 {
        self.last_call += 1;
        let mut message = json!({ "id": self.last_call, "method": method, "params": parameters });
        // The browser's own calls are none of a tab's.
        if !self.session.is_empty() && !method.starts_with("Browser.") {
            message["sessionId"] = self.session.as_str().into();
        }
        self.socket.send(&message.to_string()).expect("the browser is there");
        self.last_call
    }

    /// Takes note of an event.
    fn hear(&mut self, message: &Value) {
        let about = &message["params"];
        match message["method"].as_str().unwrap_or_default() {
            "Runtime.exceptionThrown" => {
                let details = &about["exceptionDetails"];
                let what = details["exception"]["description"].as_str();
                self.complaints.push(what.unwrap_or(&details.to_string()).to_owned());
            }
            "Runtime.consoleAPICalled" if about["type"] == "error" => {
                self.complaints.push(about["args"].to_string());
            }
            "Log.entryAdded" if about["entry"]["level"] == "error" => {
                let part =
                    |name: &str| about["entry"][name].as_str().unwrap_or_default().to_owned();
                self.complaints.push(format!("{} {}", part("text"), part("url")));
            }
            "Network.requestWillBeSent" => {
                let url = about["request"]["url"].as_str().unwrap_or_default();
                self.requests.push(url.to_owned());
            }
            "Fetch.requestPaused" => self.judge(about),
            _ => {}
        }
    }

    fn judge(&mut self, request: &Value) {
        let url = request["request"]["url"].as_str().unwrap_or_default();
        let verdict = self.rule.as_mut().map_or(Verdict::Pass, |rule| rule(url));
        let id = &request["requestId"];
        match verdict {
            Verdict::Pass => self.post("Fetch.continueRequest", json!({ "requestId": id })),
            Verdict::Block => {
                let reason = "BlockedByClient";
                self.post("Fetch.failRequest", json!({ "requestId": id, "errorReason": reason }))
            }
            Verdict::Answer(status, body) => {
                let (body, origin) = (BASE64_STANDARD.encode(body), "Access-Control-Allow-Origin");
                let headers = json!([{ "name": origin, "value": "*" }]);
                let answer = json!({
                    "requestId": id, "responseCode": status, "body": body, "responseHeaders": headers
                });
                self.post("Fetch.fulfillRequest", answer)
            }
        };
    }

    /// From now on `rule` decides about every request of this tab.
    pub(crate) fn intercept(&mut self, rule: impl FnMut(&str) -> Verdict + 'static) {
        self.rule = Some(Box::new(rule));
        self.call("Fetch.enable", json!({ "patterns": [{ "urlPattern": "*" }] }));
    }

    /// Runs a script in every document before its own scripts.
    pub(crate) fn prepare(&mut self, script: &str) {
        self.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }));
    }

    /// Opens an address; returns when the document is there.
    pub(crate) fn open(&mut self, url: &str) {
        let opened = self.call("Page.navigate", json!({ "url": url }));
        assert!(opened.get("errorText").is_none(), "{url}: {}", opened["errorText"]);
        self.wait("document.readyState === 'complete'");
    }

    /// Loads the page anew.
    pub(crate) fn reload(&mut self) {
        // The mark is gone once the new document is there.
        self.evaluate("window.isOld = true");
        self.call("Page.reload", json!({}));
        self.wait("!window.isOld && document.readyState === 'complete'");
    }

    /// The value of a JavaScript expression; promises are waited for.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        self.try_evaluate(expression).unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    fn try_evaluate(&mut self, expression: &str) -> Result<Value, String> {
        let asked =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let found = self.try_call("Runtime.evaluate", asked)?;
        match &found["exceptionDetails"] {
            Value::Null => Ok(found["result"]["value"].clone()),
            error => Err(error["exception"]["description"].to_string()),
        }
    }

    /// The text that a part of the page shows.
    pub(crate) fn text(&mut self, selector: &str) -> String {
        let text = self.evaluate(&format!("document.querySelector({selector:?}).innerText"));
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a JavaScript condition (or what it promises) holds; fails with a picture of what was there instead.
    #[track_caller]
    pub(crate) fn wait(&mut self, condition: &str) {
        let end = Instant::now() + PATIENCE;
        // In slices, for a new document forgets what was asked in the old one. At first often, then seldom: looking
        // takes the page's only thread away from what is waited for.
        let look = format!(
            "new Promise((resolve) => {{ const end = Date.now() + 1000; let pause = 10; const look = async () => {{
                let holds = false; try {{ holds = !!(await ({condition})); }} catch {{ /* not yet there */ }}
                if (holds || Date.now() > end) resolve(holds);
                else setTimeout(look, pause = Math.min(2 * pause, 100));
            }}; look(); }})"
        );
        while self.try_evaluate(&look) != Ok(Value::Bool(true)) {
            if Instant::now() > end {
                self.screenshot("waiting");
                let text = self.evaluate("document.body.innerText");
                panic!(
                    "{condition} does not hold after {PATIENCE:?} (target/page/waiting.png)\n{text}\n\
                     console: {:#?}",
                    self.complaints
                );
            }
        }
    }

    /// Makes the page this large, in points; a phone has touch and a scale above 1.
    pub(crate) fn resize(&mut self, [width, height]: [u32; 2], scale: f64, is_phone: bool) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": scale, "mobile": is_phone
        });
        self.call("Emulation.setDeviceMetricsOverride", size);
        self.call("Emulation.setTouchEmulationEnabled", json!({ "enabled": is_phone }));
    }

    /// Pretends a preference of the system, such as `prefers-color-scheme` `dark`.
    pub(crate) fn prefer(&mut self, name: &str, value: &str) {
        let features = json!([{ "name": name, "value": value }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// Takes the network away from the page, or gives it back; its service worker keeps its own.
    pub(crate) fn offline(&mut self, is_offline: bool) {
        let network = json!({
            "offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1
        });
        self.call("Network.emulateNetworkConditions", network);
    }

    /// Leaves a picture of the page in `target/page/NAME.png`.
    pub(crate) fn screenshot(&mut self, name: &str) {
        let (png, folder) = (self.png(), pictures());
        fs::create_dir_all(&folder).expect("a folder for pictures");
        fs::write(folder.join(name).with_extension("png"), png).expect("written");
    }

    fn png(&mut self) -> Vec<u8> {
        let taken = self.call("Page.captureScreenshot", json!({ "format": "png" }));
        BASE64_STANDARD.decode(taken["data"].as_str().expect("a picture")).expect("base64")
    }

    /// The colour at a place on screen.
    pub(crate) fn pixel(&mut self, [x, y]: [u32; 2]) -> [u8; 3] {
        let screen = image::load_from_memory(&self.png()).expect("a PNG").into_rgb8();
        screen.get_pixel(x, y).0
    }

    /// Fails if the console has complaints, or another host than `base`'s was asked.
    #[track_caller]
    pub(crate) fn assert_clean(&mut self, base: &str) {
        // What the browser told so far comes before an answer.
        self.evaluate("0");
        assert!(self.complaints.is_empty(), "the console complains: {:#?}", self.complaints);
        let own = [base, "data:", "blob:", "about:"];
        for request in &self.requests {
            assert!(own.iter().any(|own| request.starts_with(own)), "third party: {request}");
        }
    }
}
