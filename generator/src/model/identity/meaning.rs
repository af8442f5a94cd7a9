//! What a shape is used for. Equal shapes at new places are one type only if they are used for the
//! same: an enum of `enabled` and `disabled` says something else about an endpoint than about a
//! feature, and grows on its own.

use crate::api::NamingFacts;
use crate::model::builder::{ModelBuilder, ShapeUse};
use crate::model::service_rules::singularize;
use crate::model::types::{ModuleId, Type, TypeKind};
use crate::model::vague_words::is_vague_word;

/// What a shape is used for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct Meaning {
    /// The version of the API that the shape is part of, where its paths have one.
    pub version: Option<String>,
    /// The last words of the path to the shape. Unions have none: their members say enough.
    words: Vec<String>,
}

impl Meaning {
    /// The meaning of one use of an inline shape.
    pub(super) fn of_use(builder: &ModelBuilder<'_>, ty: &Type, usage: &ShapeUse) -> Self {
        let root: Vec<&str> = match usage.module {
            ModuleId::Service(id) => {
                let service = builder.services.get(id.0 as usize);
                let path = service.map_or(&[][..], |service| service.path.as_slice());
                path.iter().map(String::as_str).collect()
            }
            _ => usage.site.root.split('.').collect(),
        };
        let version = version_prefix(&builder.api.naming, &root);
        let mut words = Vec::new();
        if matches!(ty.kind, TypeKind::Union(_)) {
            return Self { version, words };
        }
        let steps = usage.site.path.iter().rev();
        let steps = steps.map(|step| step.wire.as_str());
        for word in steps.chain(root.last().copied()) {
            let is_enough = !words.is_empty() || !needs_context(word, &ty.kind);
            words.push(singularize(word));
            if is_enough {
                break;
            }
        }
        Self { version, words }
    }
}

fn version_prefix(naming: &NamingFacts, root: &[&str]) -> Option<String> {
    let first = root.first()?;
    let mut versions = naming.namespaces.iter();
    versions
        .any(|(version, _)| version == first)
        .then(|| (*first).to_owned())
}

/// Whether the last word does not say what the shape is used for. The word for an object without
/// fields says only that something is there.
fn needs_context(word: &str, kind: &TypeKind) -> bool {
    let is_empty = match kind {
        TypeKind::Object(object) => object.fields.is_empty(),
        TypeKind::Params(params) => params.fields.is_empty(),
        _ => false,
    };
    is_empty || is_vague_word(word)
}
