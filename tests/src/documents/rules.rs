//! The rules of `shapes.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// What the schemas do not say: which members are there, and with which values.
#[derive(Debug, Deserialize)]
pub struct Rules {
    /// Prefix and length of the ids of a component.
    ids: BTreeMap<String, String>,
    /// The rules of each document.
    #[serde(flatten)]
    documents: BTreeMap<String, Shape>,
}

/// The rules of one document. Keys and items are paths of members.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shape {
    #[serde(default)]
    pub(super) present: Vec<String>,
    #[serde(default)]
    pub(super) absent: Vec<String>,
    #[serde(default)]
    pub(super) counts: BTreeMap<String, usize>,
    #[serde(default)]
    pub(super) values: BTreeMap<String, Value>,
}

impl Rules {
    /// Reads the rules.
    ///
    /// # Errors
    /// If the text is not TOML, or has other members than rules have.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The components of which there are documents, and their rules.
    pub(super) fn documents(&self) -> impl Iterator<Item = (&str, &Shape)> {
        let documents = self.documents.iter();
        documents.map(|(component, shape)| (component.as_str(), shape))
    }

    /// Prefix and length of the ids of a component or of the members that are named so.
    pub(super) fn id_form(&self, name: &str) -> Option<(&str, usize)> {
        let (prefix, length) = self.ids.get(name)?.split_once(' ')?;
        Some((prefix, length.parse().ok()?))
    }
}

impl Shape {
    /// Every path that the rules name.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        let lists = self.present.iter().chain(&self.absent);
        let tables = self.counts.keys().chain(self.values.keys());
        lists.chain(tables).map(String::as_str)
    }

    pub(super) fn is_absent(&self, path: &str) -> bool {
        self.absent.iter().any(|absent| absent == path)
    }

    /// Whether the member at `path`, or one within it, has to be there.
    pub(super) fn is_named(&self, path: &str) -> bool {
        let tables = self.counts.keys().chain(self.values.keys());
        let mut named = self.present.iter().chain(tables);
        named.any(|named| {
            let rest = named.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }
}
