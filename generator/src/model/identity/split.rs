//! Contradictions within a group. The uses that contradict most of the others get a type of their
//! own.

use std::collections::BTreeMap;

use super::content::{member_content, merge_content, required_fields};
use super::moves::Moves;
use super::raw::RawTypes;
use super::walk::{Group, GroupId, Groups};
use crate::lock::{Lock, LockedKind};
use crate::model::types::{TypeId, TypeKind};

/// How many places a message names on each side.
const NAMED_PLACES: usize = 4;

/// The uses that had to leave their group.
#[derive(Debug, Default)]
pub(super) struct Splits {
    pub moves: Moves,
    /// What happened to public types, by path.
    public: BTreeMap<String, PublicSplit>,
}

#[derive(Debug, Default)]
struct PublicSplit {
    kept: Vec<TypeId>,
    moved: Vec<TypeId>,
    /// The field or value of the contradiction.
    about: String,
}

/// Members of a group that fit each other.
struct Class {
    content: TypeKind,
    members: Vec<TypeId>,
    uses: usize,
}

impl Splits {
    /// Splits every group whose members contradict each other. Returns whether there was one.
    pub(super) fn find_contradictions(
        &mut self,
        raw: &RawTypes,
        lock: &Lock,
        groups: &Groups,
    ) -> bool {
        let before = self.moves.count_moves();
        for (id, group) in groups.all.iter().enumerate() {
            if group.members.len() > 1 {
                self.split_group(raw, lock, groups, id, group);
            }
        }
        self.moves.count_moves() > before
    }

    fn split_group(
        &mut self,
        raw: &RawTypes,
        lock: &Lock,
        groups: &Groups,
        id: GroupId,
        group: &Group,
    ) {
        let mut members = group.members.clone();
        members.sort_by_key(|(ty, uses)| (std::cmp::Reverse(*uses), *ty));
        let required = relied_on_fields(raw, lock, group, members.first().map(|(ty, _)| *ty));
        let mut classes: Vec<Class> = Vec::new();
        let mut about = None;
        for (ty, uses) in members {
            let content = member_content(raw, groups, id, ty);
            let fits = classes.iter_mut().find_map(|class| {
                let mut merged = class.content.clone();
                match merge_content(&mut merged, &content, required.as_deref()) {
                    Ok(()) => Some((class, merged)),
                    Err(field) => {
                        about.get_or_insert(field);
                        None
                    }
                }
            });
            match fits {
                Some((class, merged)) => {
                    class.content = merged;
                    class.members.push(ty);
                    class.uses += uses;
                }
                None => classes.push(Class {
                    content,
                    members: vec![ty],
                    uses,
                }),
            }
        }
        classes.sort_by_key(|class| std::cmp::Reverse(class.uses));
        self.record_split(group, classes, about);
    }

    fn record_split(&mut self, group: &Group, classes: Vec<Class>, about: Option<String>) {
        let mut classes = classes.into_iter();
        let Some(kept) = classes.next() else { return };
        for (index, class) in classes.enumerate() {
            let key = format!("{} #{}", group.key, index + 1);
            for ty in &class.members {
                self.moves.insert_move(&group.key, *ty, &key);
            }
            if let Some(path) = &group.locked_path {
                let split = self.public.entry(path.clone()).or_default();
                split.kept.clone_from(&kept.members);
                split.moved.extend(class.members);
                split.about = about.clone().unwrap_or_default();
            }
        }
    }

    /// A line about each public type that was split.
    pub(super) fn describe_splits(&self, raw: &RawTypes) -> Vec<(String, String)> {
        let line = |(path, split): (&String, &PublicSplit)| {
            let text = format!(
                "{path}, about `{}`: kept at {}; left by {}",
                split.about,
                name_places(raw, &split.kept),
                name_places(raw, &split.moved)
            );
            (path.clone(), text)
        };
        self.public.iter().map(line).collect()
    }
}

/// The fields of an object that callers rely on: those that the lock lists or, if the object was
/// described once until now, those that most uses have.
fn relied_on_fields(
    raw: &RawTypes,
    lock: &Lock,
    group: &Group,
    most_used: Option<TypeId>,
) -> Option<Vec<String>> {
    let path = group.locked_path.as_ref()?;
    let locked = lock.locked_type(path)?;
    if locked.kind != LockedKind::Object {
        return None;
    }
    let listed = locked.required.clone();
    listed.or_else(|| most_used.map(|ty| required_fields(&raw.ty(ty).kind)))
}

fn name_places(raw: &RawTypes, members: &[TypeId]) -> String {
    let mut places: Vec<String> = members
        .iter()
        .map(|ty| format!("`{}`", raw.ty(*ty).site))
        .collect();
    places.sort();
    places.dedup();
    let more = places.len().saturating_sub(NAMED_PLACES);
    places.truncate(NAMED_PLACES);
    match more {
        0 => places.join(", "),
        more => format!("{} and {more} more", places.join(", ")),
    }
}
