//! What the document says of a node of egui's tree.

use std::collections::HashMap;

use eframe::egui::accesskit::{Action, Live, Node, NodeId, Role, Toggled};

/// What an element shows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) tag: &'static str,
    pub(super) attributes: Vec<(&'static str, String)>,
    pub(super) text: String,
}

impl Item {
    /// What a person hears once it has the focus: name, kind, value and state.
    pub(super) fn spoken(&self) -> String {
        let of = |name: &str| {
            let found = self.attributes.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| value.as_str())
        };
        let kind = match (of("role"), self.tag) {
            (Some("combobox"), _) => "list",
            (Some("img"), _) => "picture",
            (Some(role), _) => role,
            (None, "input") => "field",
            (None, _) => "button",
        };
        let name = of("aria-label").unwrap_or_default();
        let value = of("value").unwrap_or(if self.text == name { "" } else { self.text.as_str() });
        let is_on = of("aria-checked").or(of("aria-pressed"));
        let state = is_on.map_or("", |is_on| if is_on == "true" { "on" } else { "off" });
        let parts = [name, kind, value, state].into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// What a node is called: by itself, or by another, as the number beside a slider is.
pub(super) fn label<'a>(node: &'a Node, nodes: &HashMap<NodeId, &'a Node>) -> &'a str {
    let others = || node.labelled_by().iter().find_map(|id| nodes.get(id)?.label());
    node.label().or_else(others).unwrap_or_default()
}

/// What there is to show of a node, if anything.
pub(super) fn item(node: &Node, label: &str) -> Option<Item> {
    let value = node.value().unwrap_or_default();
    let mut attributes = vec![("aria-label", label.to_owned())];
    let (tag, text) = match node.role() {
        Role::Label => return text(value, node.live() == Some(Live::Polite)),
        Role::Heading => {
            return Some(Item { tag: "h2", attributes: Vec::new(), text: label.to_owned() });
        }
        Role::SpinButton | Role::Slider => {
            let numbers = [
                ("value", node.numeric_value()),
                ("min", node.min_numeric_value()),
                ("max", node.max_numeric_value()),
            ];
            let numbers = numbers.into_iter().filter_map(|(name, n)| Some((name, n?.to_string())));
            attributes.extend(numbers);
            attributes.extend([("type", "number".into()), ("step", "any".into())]);
            ("input", "")
        }
        Role::TextInput | Role::MultilineTextInput => {
            attributes.extend([("type", "text".into()), ("value", value.into())]);
            ("input", "")
        }
        _ if label.is_empty() => return None,
        _ if !node.supports_action(Action::Click) => {
            attributes.push(("role", "img".into()));
            ("span", "")
        }
        Role::CheckBox => {
            attributes.push(("role", "checkbox".into()));
            ("button", label)
        }
        Role::RadioButton => {
            attributes.push(("role", "radio".into()));
            ("button", label)
        }
        Role::ComboBox => {
            let is_open = node.is_expanded().unwrap_or(false).to_string();
            // A button's label would be all that is read: of this role, the value is read too.
            attributes.extend([("role", "combobox".into()), ("aria-expanded", is_open)]);
            ("button", value)
        }
        _ => ("button", label),
    };
    if let Some(toggled) = node.toggled() {
        let is_ticked = matches!(node.role(), Role::CheckBox | Role::RadioButton);
        let name = if is_ticked { "aria-checked" } else { "aria-pressed" };
        attributes.push((name, (toggled == Toggled::True).to_string()));
    }
    if let Some(description) = node.description() {
        attributes.push(("aria-description", description.to_owned()));
    }
    if node.is_disabled() {
        attributes.push(("disabled", String::new()));
    }
    Some(Item { tag, attributes, text: text.to_owned() })
}

/// A text; what is new in a live one is read out.
fn text(text: &str, is_live: bool) -> Option<Item> {
    let attributes = if is_live { vec![("role", "status".to_owned())] } else { Vec::new() };
    let item = Item { tag: "span", attributes, text: text.to_owned() };
    (!text.is_empty()).then_some(item)
}
