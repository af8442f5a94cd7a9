//! Compares the public items of two crates.

use crate::history::MadeCrate;
use crate::surface::{ItemKind, PublicItem, Surface};
use crate::verdict::{BothFacts, Cause};

/// An item that callers of the old crate can notice.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) item: String,
    pub(crate) old: String,
    /// `None` if the item is gone.
    pub(crate) new: Option<String>,
    pub(crate) cause: Cause,
}

/// Every public item of `old` that is gone from `new` or has changed there.
pub(crate) fn compare_crates(old: &MadeCrate, new: &MadeCrate) -> Vec<Change> {
    let facts = BothFacts {
        old: &old.facts,
        new: &new.facts,
    };
    compare_surfaces(&old.surface, &new.surface, facts)
}

/// The same for items and facts that were read apart.
pub(crate) fn compare_surfaces(old: &Surface, new: &Surface, facts: BothFacts<'_>) -> Vec<Change> {
    let classifier = Classifier { old, facts };
    let mut changes = Vec::new();
    for (key, item) in &old.items {
        let now = new.items.get(key);
        let is_same = now.is_some_and(|now| now.text == item.text && same_kind(now, item));
        // The members of a type that is gone are not counted again.
        let is_owner_gone = item.kind != ItemKind::Type
            && old.items.contains_key(&format!("type {}", item.owner))
            && !new.items.contains_key(&format!("type {}", item.owner));
        if !is_same && !is_owner_gone {
            changes.push(Change {
                item: key.clone(),
                old: item.text.clone(),
                new: now.map(|now| now.text.clone()),
                cause: classifier.find_cause(item, now),
            });
        }
    }
    changes
}

/// Whether the kinds are the same, apart from the names of arguments by position.
fn same_kind(a: &PublicItem, b: &PublicItem) -> bool {
    match (&a.kind, &b.kind) {
        (ItemKind::Constructor(a), ItemKind::Constructor(b)) => a == b,
        (ItemKind::Call { operation: a, .. }, ItemKind::Call { operation: b, .. }) => a == b,
        (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

struct Classifier<'a> {
    old: &'a Surface,
    facts: BothFacts<'a>,
}

impl Classifier<'_> {
    fn find_cause(&self, item: &PublicItem, now: Option<&PublicItem>) -> Cause {
        let places = || self.old.places.get(&item.owner).into_iter().flatten();
        match &item.kind {
            ItemKind::Type if self.old.markers.contains_key(&item.owner) => {
                self.classify_operation(&item.owner)
            }
            ItemKind::Type if places().next().is_none() => self.classify_service(&item.owner),
            ItemKind::Type => self.facts.classify_places(places(), ""),
            ItemKind::Field | ItemKind::Setter => {
                let member = item
                    .member
                    .strip_prefix("clear")
                    .filter(|_| item.text.starts_with("()"));
                let member = member.unwrap_or(&item.member);
                match (now, self.facts.is_required_now(places(), member)) {
                    (None, true) => Cause::Upstream("the parameter became required"),
                    _ => self.facts.classify_places(places(), member),
                }
            }
            ItemKind::Variant => self.facts.classify_variant(places(), &item.member),
            ItemKind::Constructor(arguments) => self.classify_constructor(item, arguments, now),
            ItemKind::Call {
                operation,
                arguments,
                output,
            } => self.classify_call(operation, arguments, output, now),
            ItemKind::Accessor(service) => self.classify_service(service),
            ItemKind::Constant(value) => self.classify_constant(value, now),
        }
    }

    fn classify_operation(&self, marker: &str) -> Cause {
        let id = self.old.markers.get(marker).map_or("", String::as_str);
        match self.facts.new.fact_at(&format!("in {id}")) {
            Some(_) => Cause::Generator(format!("operation {id}")),
            None => Cause::Upstream("the operation is gone"),
        }
    }

    /// A service handle, or a type without a place: excused if an operation of the module is gone.
    fn classify_service(&self, path: &str) -> Cause {
        let module = path.rsplit_once("::").map_or("", |(module, _)| module);
        let inside = |marker: &&String| marker.starts_with(&format!("{module}::"));
        let markers = self.old.markers.keys().filter(inside);
        let causes: Vec<Cause> = markers
            .map(|marker| self.classify_operation(marker))
            .collect();
        match causes.iter().any(|cause| !cause.is_generator()) {
            true => Cause::Upstream("an operation of the service is gone"),
            false => Cause::Generator("no place in the document".to_owned()),
        }
    }

    fn classify_constructor(
        &self,
        item: &PublicItem,
        old: &[(String, String)],
        now: Option<&PublicItem>,
    ) -> Cause {
        let places = || self.old.places.get(&item.owner).into_iter().flatten();
        let Some(ItemKind::Constructor(new)) = now.map(|now| &now.kind) else {
            return self.facts.classify_places(places(), "");
        };
        let mut excuse = None;
        for (name, ty) in old {
            let kept = new.iter().find(|(other, _)| other == name);
            if kept.is_none_or(|(_, other)| other != ty) {
                match self.facts.classify_places(places(), name) {
                    Cause::Upstream(why) => excuse = Some(why),
                    generator => return generator,
                }
            }
        }
        for (name, _) in new {
            if old.iter().all(|(other, _)| other != name) {
                if !self.facts.is_required_now(places(), name) {
                    return Cause::Generator(format!("argument {name}"));
                }
                excuse = Some("a parameter became required");
            }
        }
        match excuse {
            Some(why) => Cause::Upstream(why),
            None => Cause::Generator("the order of arguments".to_owned()),
        }
    }

    fn classify_call(
        &self,
        marker: &str,
        old: &[(String, String)],
        output: &str,
        now: Option<&PublicItem>,
    ) -> Cause {
        if let excuse @ Cause::Upstream(_) = self.classify_operation(marker) {
            return excuse;
        }
        let id = self.old.markers.get(marker).map_or("", String::as_str);
        let is_required_now =
            self.facts.new.requires_params(id) && !self.facts.old.requires_params(id);
        let Some(ItemKind::Call {
            arguments: new,
            output: returned,
            ..
        }) = now.map(|n| &n.kind)
        else {
            return match is_required_now {
                true => Cause::Upstream("a parameter became required"),
                false => Cause::Generator(format!("operation {id}")),
            };
        };
        let types = |list: &[(String, String)]| -> Vec<String> {
            list.iter().map(|(_, ty)| ty.clone()).collect()
        };
        if types(old) != types(new) && !is_required_now {
            return Cause::Generator(format!("arguments of {id}"));
        }
        match output == returned {
            true => Cause::Upstream("a parameter became required"),
            false => self.facts.classify_places([&format!("out {id}")], ""),
        }
    }

    fn classify_constant(&self, event: &str, now: Option<&PublicItem>) -> Cause {
        let is_listed = |facts: &crate::wire::Facts| {
            let place = "in PostWebhookEndpoints/enabledevents";
            let fact = facts.fact_at(place);
            fact.is_none_or(|fact| fact.values.contains(event))
        };
        match (now, is_listed(self.facts.new)) {
            (None, false) => Cause::Upstream("the type of events is gone"),
            _ => Cause::Generator(format!("event {event}")),
        }
    }
}
