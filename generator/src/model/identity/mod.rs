//! Decides which uses of shapes are one public type.
//!
//! In: a type for every component and for every use of an inline shape, and the lock. Out: the
//! public types. Afterwards: a place that had a public type has it again, unless the uses of that
//! type contradict each other; each type is the superset of its uses; new places share a type if
//! their shapes are equal and used for the same.
//!
//! | module | what it does |
//! |---|---|
//! | `raw` | collects the uses, and the places that the rest of the model refers to types from |
//! | `walk` | groups the uses by the public type of their place |
//! | `content` | merges the content of a group |
//! | `split` | finds contradictions within a group; the walk is then repeated |
//! | `meaning` | what a shape is used for |
//! | `join` | joins new groups of equal content and meaning |
//! | `freeze` | makes the types |
//! | `replace` | puts them into the model |

mod content;
mod freeze;
mod join;
mod meaning;
mod moves;
mod raw;
mod replace;
mod split;
mod walk;

use super::builder::ModelBuilder;
use crate::diag::{Code, SpecPath};

/// Replaces the types of all uses by the public types.
pub(super) fn resolve_identity(builder: &mut ModelBuilder<'_>) {
    let raw = raw::RawTypes::collect_uses(builder);
    let mut splits = split::Splits::default();
    let groups = loop {
        let groups = walk::group_uses(&raw, builder.lock, &splits.moves);
        if !splits.find_contradictions(&raw, builder.lock, &groups) {
            break groups;
        }
    };
    for (path, detail) in splits.describe_splits(&raw) {
        let at = SpecPath::root().child("types").child(&path);
        builder.sink.report(Code::LockedTypeSplit, &at, detail);
    }
    let joined = join::join_equal(&raw, builder.lock, &groups);
    let frozen = freeze::freeze_types(&raw, builder.lock, &groups, &joined);
    replace::replace_types(builder, frozen);
}
