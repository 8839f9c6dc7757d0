//! The canvas for those who do not see it: each control and text as an element of the document, from the
//! tree that egui makes for screen readers.
//!
//! The elements are invisible and do not catch the pointer. Clicked or changed by a screen reader, a
//! voice or a script, they pass that on to the program. The document's focus stays on the canvas, so a live line
//! beside them says which control has the program's.

mod item;

use std::{cell::RefCell, collections::HashMap, sync::Arc};

use eframe::egui::{
    self, Context, Event, FullOutput, RawInput,
    accesskit::{Action, ActionData, ActionRequest, Node, NodeId, TreeId, TreeUpdate},
    mutex::Mutex,
};
use wasm_bindgen::{JsCast, JsValue, prelude::*};
use web_sys::{Document, Element, HtmlInputElement};

use item::{Item, item, label};

/// Seconds between two looks at the tree: a reader follows no faster, and a frame has better things to do.
const PAUSE: f64 = 0.2;

/// See the module.
pub(super) struct Mirror {
    /// What was asked for through the document.
    asked: Arc<Mutex<Vec<ActionRequest>>>,
    looked: f64,
}

/// The elements; a page has one thread, and the document stays on it.
#[derive(Default)]
struct Elements {
    root: Option<Element>,
    /// What has the focus, in words.
    focused: Option<Element>,
    shown: HashMap<NodeId, (Item, Element)>,
}

thread_local! {
    static ELEMENTS: RefCell<Elements> = RefCell::default();
}

impl Mirror {
    /// Puts the mirror behind `canvas`.
    pub(super) fn new(context: &Context) -> Result<Self, JsValue> {
        context.enable_accesskit();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let document = super::window().document().ok_or(JsValue::NULL)?;
        let root = document.create_element("div")?;
        root.set_id("mirror");
        let focused = document.create_element("div")?;
        focused.set_id("focused");
        focused.set_attribute("role", "status")?;
        let body = document.body().ok_or(JsValue::NULL)?;
        body.append_child(&root)?;
        body.append_child(&focused)?;
        for (name, action) in [("click", Action::Click), ("change", Action::SetValue)] {
            let (asked, context) = (asked.clone(), context.clone());
            let listener = Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
                asked.lock().extend(request(&event, action));
                context.request_repaint();
            });
            root.add_event_listener_with_callback(name, listener.into_js_value().unchecked_ref())?;
        }
        ELEMENTS.with_borrow_mut(|elements| {
            (elements.root, elements.focused) = (Some(root), Some(focused));
        });
        Ok(Self { asked, looked: f64::NEG_INFINITY })
    }
}

impl egui::Plugin for Mirror {
    fn debug_name(&self) -> &'static str {
        "mirror"
    }

    fn input_hook(&mut self, _: &Context, input: &mut RawInput) {
        input.events.extend(self.asked.lock().drain(..).map(Event::AccessKitActionRequest));
    }

    fn output_hook(&mut self, context: &Context, output: &mut FullOutput) {
        let Some(update) = output.platform_output.accesskit_update.take() else { return };
        let now = context.input(|input| input.time);
        if now - self.looked < PAUSE {
            context.request_repaint_after_secs(PAUSE as f32);
            return;
        }
        self.looked = now;
        let frame = context.cumulative_frame_nr();
        // Where the document refuses an element, the canvas still works.
        ELEMENTS.with_borrow_mut(|elements| elements.show(&update, frame)).ok();
    }
}

/// What an event on an element asks of the program.
fn request(event: &web_sys::Event, action: Action) -> Option<ActionRequest> {
    let element: Element = event.target()?.dyn_into().ok()?;
    let target_node = NodeId(element.get_attribute("data-node")?.parse().ok()?);
    let input = element.dyn_ref::<HtmlInputElement>();
    let data = match (action, input) {
        (Action::SetValue, Some(input)) if input.type_() == "number" => {
            let number = input.value_as_number();
            if !number.is_finite() {
                return None; // a field that was emptied, or does not hold a number yet
            }
            Some(ActionData::NumericValue(number))
        }
        (Action::SetValue, Some(input)) => Some(ActionData::Value(input.value().into())),
        (Action::SetValue, None) => return None,
        _ => None,
    };
    Some(ActionRequest { action, target_tree: TreeId::ROOT, target_node, data })
}

impl Elements {
    /// Makes the document say what the tree of that frame says.
    fn show(&mut self, update: &TreeUpdate, frame: u64) -> Result<(), JsValue> {
        let Some(root) = self.root.clone() else { return Ok(()) };
        let document = root.owner_document().ok_or(JsValue::NULL)?;
        let nodes: HashMap<NodeId, &Node> =
            update.nodes.iter().map(|(id, node)| (*id, node)).collect();
        let mut order = Vec::new();
        if let Some(tree) = &update.tree {
            visit(tree.root, &nodes, &mut order);
        }
        let mut gone = std::mem::take(&mut self.shown);
        let mut next = root.first_element_child();
        for (id, item) in order {
            // An element of another kind goes at the end: `next` may be it.
            let before = gone.get(&id).is_some_and(|(old, _)| old.tag == item.tag);
            let before = before.then(|| gone.remove(&id)).flatten();
            let element = element(&document, id, &item, before)?;
            if next.as_ref() == Some(&element) {
                next = element.next_element_sibling();
            } else {
                root.insert_before(&element, next.as_deref())?;
            }
            self.shown.insert(id, (item, element));
        }
        gone.into_values().for_each(|(_, element)| element.remove());
        self.tell_focus(update.focus);
        // Who waits for something to be said knows by this that all of a frame is here.
        root.set_attribute("data-frame", &frame.to_string())
    }

    /// Says what has the focus; what is in the line already would be read out again.
    fn tell_focus(&self, id: NodeId) {
        let spoken = self.shown.get(&id).map(|(item, _)| item.spoken()).unwrap_or_default();
        let line = self.focused.as_ref();
        if let Some(line) = line.filter(|line| line.text_content().as_ref() != Some(&spoken)) {
            line.set_text_content(Some(&spoken));
        }
    }
}

/// What there is to say, in reading order.
fn visit(id: NodeId, nodes: &HashMap<NodeId, &Node>, order: &mut Vec<(NodeId, Item)>) {
    let Some(node) = nodes.get(&id) else { return };
    order.extend(item(node, label(node, nodes)).map(|item| (id, item)));
    node.children().iter().for_each(|child| visit(*child, nodes, order));
}

/// The element of a node: the one it had `before`, changed, or a new one.
fn element(
    document: &Document,
    id: NodeId,
    item: &Item,
    before: Option<(Item, Element)>,
) -> Result<Element, JsValue> {
    let element = match before {
        Some((old, element)) if old == *item => {
            restore(document, item, &element);
            return Ok(element);
        }
        Some((old, element)) => {
            let kept = |name: &str| item.attributes.iter().any(|(own, _)| *own == name);
            for (name, _) in old.attributes.iter().filter(|(name, _)| !kept(name)) {
                element.remove_attribute(name)?;
            }
            element
        }
        None => {
            let element = document.create_element(item.tag)?;
            // The canvas has its own order of focus.
            element.set_attribute("tabindex", "-1")?;
            element.set_attribute("data-node", &id.0.to_string())?;
            element
        }
    };
    for (name, value) in &item.attributes {
        element.set_attribute(name, value)?;
        if let (&"value", Some(input)) = (name, element.dyn_ref::<HtmlInputElement>()) {
            input.set_value(value);
        }
    }
    element.set_text_content(Some(&item.text));
    Ok(element)
}

/// Takes back a number that the program did not take, once it is not being typed any more.
fn restore(document: &Document, item: &Item, element: &Element) {
    let Some(input) = element.dyn_ref::<HtmlInputElement>() else { return };
    let value = item.attributes.iter().find(|(name, _)| *name == "value");
    let is_typed = document.active_element().as_ref() == Some(element);
    if let Some((_, value)) = value.filter(|(_, value)| !is_typed && input.value() != *value) {
        input.set_value(value);
    }
}
