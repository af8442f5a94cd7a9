//! The place of a node while a document is walked, without a copy of its pointer.

use super::SpecPath;

/// A step of a [`Trail`].
#[derive(Clone, Copy, Debug)]
enum TrailStep<'a> {
    Key(&'a str),
    Index(usize),
    Pointer(&'a SpecPath),
}

/// The path of a node, as a list of its ancestors on the stack. It is turned into a pointer only for
/// findings.
#[derive(Clone, Copy, Debug)]
pub struct Trail<'a> {
    parent: Option<&'a Trail<'a>>,
    step: Option<TrailStep<'a>>,
}

impl<'a> Trail<'a> {
    /// The whole document.
    pub const ROOT: Trail<'static> = Trail {
        parent: None,
        step: None,
    };

    /// The trail of a pointer.
    pub fn at_pointer(pointer: &'a SpecPath) -> Trail<'a> {
        Trail {
            parent: None,
            step: Some(TrailStep::Pointer(pointer)),
        }
    }

    /// The child under `key`.
    pub fn key_child(&'a self, key: &'a str) -> Trail<'a> {
        Trail {
            parent: Some(self),
            step: Some(TrailStep::Key(key)),
        }
    }

    /// The list element `index`.
    pub fn item_child(&'a self, index: usize) -> Trail<'a> {
        Trail {
            parent: Some(self),
            step: Some(TrailStep::Index(index)),
        }
    }

    /// The pointer of the node.
    pub fn spec_path(&self) -> SpecPath {
        let before = self.parent.map_or_else(SpecPath::root, Trail::spec_path);
        match self.step {
            None => before,
            Some(TrailStep::Key(key)) => before.child(key),
            Some(TrailStep::Index(index)) => before.item(index),
            Some(TrailStep::Pointer(pointer)) => pointer.clone(),
        }
    }
}
