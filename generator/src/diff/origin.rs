//! Who caused that an item changed.
//!
//! The document did if no place that the item stands for has all its facts still. Otherwise there
//! was no need for the change, and the generator made it.

use super::facts::{WireFact, WireFacts};
use super::inventory::{EVENT_DATA, Inventory};
use super::item::{ItemKind, PublicItem};
use super::place::WirePlace;
use super::report::Origin;

/// Who caused a change, why, and the place that shows it.
#[derive(Clone, Debug)]
pub(super) struct Attribution {
    pub(super) origin: Origin,
    pub(super) reason: String,
    pub(super) place: Option<WirePlace>,
}

impl Attribution {
    fn upstream(reason: impl Into<String>, place: Option<WirePlace>) -> Self {
        Self {
            origin: Origin::Upstream,
            reason: reason.into(),
            place,
        }
    }

    fn generator(reason: impl Into<String>, place: Option<WirePlace>) -> Self {
        Self {
            origin: Origin::Generator,
            reason: reason.into(),
            place,
        }
    }
}

/// The items and the documents of both sides.
#[derive(Clone, Copy)]
pub(super) struct BothSides<'a> {
    pub(super) old: &'a Inventory,
    pub(super) new: &'a Inventory,
    pub(super) old_facts: &'a WireFacts,
    pub(super) new_facts: &'a WireFacts,
}

impl BothSides<'_> {
    /// Who caused that `item` is gone, or that it is `now` what it is.
    pub(super) fn attribute_change(
        &self,
        item: &PublicItem,
        now: Option<&PublicItem>,
    ) -> Attribution {
        let places = self.old.places_of(item);
        match item.kind {
            ItemKind::Service | ItemKind::Accessor => self.attribute_service(&places),
            ItemKind::Marker => self.attribute_marker(item, now, &places),
            ItemKind::Method => self.attribute_method(item, now, &places),
            ItemKind::Constant => self.attribute_event(item, now),
            ItemKind::Variant if item.owner == EVENT_DATA => self.attribute_event(item, now),
            ItemKind::Variant if now.is_none() => self.attribute_variant(item, &places),
            ItemKind::Constructor | ItemKind::Function => {
                self.attribute_constructor(item, now, &places)
            }
            ItemKind::Field | ItemKind::Setter | ItemKind::Clear => {
                let required = places.iter().find(|place| self.is_required_now(place));
                match (now, required) {
                    (None, Some(place)) if item.kind == ItemKind::Setter => {
                        Attribution::upstream("the parameter became required", Some(place.clone()))
                    }
                    _ => self.attribute_places(&places),
                }
            }
            ItemKind::Type | ItemKind::Alias | ItemKind::Variant | ItemKind::Implementation => {
                self.attribute_places(&places)
            }
        }
    }

    /// The generator caused it if one of the places has all its facts, with everything below it.
    fn attribute_places(&self, places: &[WirePlace]) -> Attribution {
        let mut known = places
            .iter()
            .filter_map(|place| Some((place, self.old_facts.fact_at(place)?)));
        let mut first_reason = None;
        for (place, old) in known.by_ref() {
            match self.first_difference(place, old) {
                None => {
                    let reason = "the document says the same here, or more";
                    return Attribution::generator(reason, Some(place.clone()));
                }
                Some((at, reason)) => {
                    first_reason.get_or_insert((place, at, reason));
                }
            }
        }
        match first_reason {
            Some((place, at, reason)) if *place == at => Attribution::upstream(reason, Some(at)),
            Some((_, at, reason)) => {
                Attribution::upstream(format!("{reason}: `{}`", at.last_field()), Some(at))
            }
            None => Attribution::generator("no place in the document requires it", None),
        }
    }

    /// The first place at or below `place` that has lost something, and what.
    fn first_difference(&self, place: &WirePlace, old: &WireFact) -> Option<(WirePlace, String)> {
        let own = describe_loss(place, old, self.new_facts.fact_at(place));
        if let Some(reason) = own {
            return Some((place.clone(), reason));
        }
        let mut below = self.old_facts.facts_below(place);
        below.find_map(|(place, old)| {
            let reason = describe_loss(place, old, self.new_facts.fact_at(place))?;
            Some((place.clone(), reason))
        })
    }

    fn is_required_now(&self, place: &WirePlace) -> bool {
        let is_required =
            |facts: &WireFacts| facts.fact_at(place).is_some_and(|fact| fact.required);
        is_required(self.new_facts) && !is_required(self.old_facts)
    }

    fn is_gone(&self, operation: &WirePlace) -> bool {
        self.new_facts.fact_at(operation).is_none()
    }

    fn attribute_service(&self, operations: &[WirePlace]) -> Attribution {
        match operations.iter().find(|operation| !self.is_gone(operation)) {
            Some(kept) => {
                Attribution::generator("the document still has its operations", Some(kept.clone()))
            }
            None => Attribution::upstream(
                "the operations of the service are gone",
                operations.first().cloned(),
            ),
        }
    }

    fn attribute_method(
        &self,
        item: &PublicItem,
        now: Option<&PublicItem>,
        places: &[WirePlace],
    ) -> Attribution {
        let place = || places.first().cloned();
        let Some(operation) = places.first() else {
            return Attribution::generator("the method has no operation", None);
        };
        if self.is_gone(operation) {
            return Attribution::upstream("the operation is gone", place());
        }
        let is_required_now =
            self.new_facts.requires_params(operation) && !self.old_facts.requires_params(operation);
        let became_required = || Attribution::upstream("a parameter became required", place());
        let Some(now) = now else {
            return match is_required_now {
                true => became_required(),
                false => Attribution::generator("the document still has the operation", place()),
            };
        };
        let types = |item: &PublicItem| -> Vec<String> {
            item.arguments.iter().map(|(_, ty)| ty.clone()).collect()
        };
        let (were, are) = (types(item), types(now));
        if were.len() == are.len() && were != are {
            return self.attribute_places(std::slice::from_ref(operation));
        }
        if were != are {
            return match is_required_now {
                true => became_required(),
                false => Attribution::generator("the operation takes the same or more", place()),
            };
        }
        self.attribute_places(response_place(&item.wire).as_slice())
    }

    /// The types that an operation is tied to.
    fn attribute_marker(
        &self,
        item: &PublicItem,
        now: Option<&PublicItem>,
        places: &[WirePlace],
    ) -> Attribution {
        let Some(operation) = places.first().filter(|operation| !self.is_gone(operation)) else {
            let place = places.first().cloned();
            return Attribution::upstream("the operation is gone", place);
        };
        let takes_nothing = |item: &PublicItem| item.text.starts_with("Params = (),");
        if takes_nothing(item) && now.is_some_and(|now| !takes_nothing(now)) {
            let reason = "the operation has parameters now";
            return Attribution::upstream(reason, Some(operation.clone()));
        }
        let output = |item: &PublicItem| {
            let part = item.text.split(", Output = ").nth(1);
            part.map(str::to_owned)
        };
        match now.is_some_and(|now| output(now) != output(item)) {
            true => self.attribute_places(response_place(&item.wire).as_slice()),
            false => self.attribute_places(std::slice::from_ref(operation)),
        }
    }

    fn attribute_variant(&self, item: &PublicItem, places: &[WirePlace]) -> Attribution {
        let tag = format!("tag {}", item.wire);
        let has = |fact: &WireFact| {
            let is_tag = |shape: &String| shape.strip_suffix(&tag).is_some_and(is_surrounding);
            fact.values.contains(&item.wire) || fact.shape.iter().any(is_tag)
        };
        let fact_of = |facts: &WireFacts, place: &WirePlace| facts.fact_at(place).is_some_and(has);
        let kept = places
            .iter()
            .find(|place| fact_of(self.old_facts, place) && fact_of(self.new_facts, place));
        let same_value = |other: &&PublicItem| {
            other.kind == ItemKind::Variant && other.owner == item.owner && other.wire == item.wire
        };
        let renamed = self.new.items().find(same_value);
        match (kept, renamed) {
            (Some(place), _) => {
                Attribution::generator("the document still has the value", Some(place.clone()))
            }
            (None, Some(other)) => {
                let reason = format!("the value has another variant, `{}`", other.name());
                Attribution::generator(reason, places.first().cloned())
            }
            (None, None) => {
                let had = places.iter().find(|place| fact_of(self.old_facts, place));
                Attribution::upstream("the value is gone", had.or(places.first()).cloned())
            }
        }
    }

    fn attribute_event(&self, item: &PublicItem, now: Option<&PublicItem>) -> Attribution {
        let place = Some(WirePlace::event_type(&item.wire));
        let tags = |side: &Inventory| side.events.get(&item.wire).cloned();
        match (now, tags(self.old), tags(self.new)) {
            (None, _, None) => Attribution::upstream("the type of events is gone", place),
            (Some(_), old, new) if old != new => {
                Attribution::upstream("the object of the event is another one", place)
            }
            _ => Attribution::generator("the document still has the type of events", place),
        }
    }

    fn attribute_constructor(
        &self,
        item: &PublicItem,
        now: Option<&PublicItem>,
        places: &[WirePlace],
    ) -> Attribution {
        let Some(now) = now else {
            return self.attribute_places(places);
        };
        let mut upstream = None;
        for (name, ty) in &item.arguments {
            let kept = now.arguments.iter().find(|(other, _)| other == name);
            if kept.is_none_or(|(_, other)| other != ty) {
                let attribution = self.attribute_places(&self.argument_places(item, name));
                if attribution.origin == Origin::Generator {
                    return attribution;
                }
                upstream = Some(attribution);
            }
        }
        for (name, _) in &now.arguments {
            if item.arguments.iter().all(|(other, _)| other != name) {
                let places = self.argument_places(now, name);
                let Some(place) = places.iter().find(|place| self.is_required_now(place)) else {
                    let reason = format!("the document does not require `{name}`");
                    return Attribution::generator(reason, places.first().cloned());
                };
                let reason = format!("the parameter `{}` became required", place.last_field());
                upstream = Some(Attribution::upstream(reason, Some(place.clone())));
            }
        }
        upstream.unwrap_or_else(|| {
            Attribution::generator(
                "the order of the arguments changed",
                places.first().cloned(),
            )
        })
    }

    /// The places of the parameter behind an argument of `new`.
    pub(super) fn argument_places(
        &self,
        constructor: &PublicItem,
        argument: &str,
    ) -> Vec<WirePlace> {
        let owners = [self.old, self.new].map(|side| side.places.get(&constructor.owner));
        let owners: Vec<&WirePlace> = owners.into_iter().flatten().flatten().collect();
        let fields = [self.old_facts, self.new_facts].map(|facts| {
            let children = owners.iter().flat_map(|owner| {
                facts.facts_below(owner).filter(move |(place, _)| {
                    place.depth() == owner.depth() + 1 && is_same_name(place.last_field(), argument)
                })
            });
            children.map(|(place, _)| place.clone()).collect::<Vec<_>>()
        });
        let mut fields = fields.concat();
        fields.sort();
        fields.dedup();
        fields
    }
}

/// Whether an argument is named after a parameter: keywords get an underscore.
fn is_same_name(wire: &str, argument: &str) -> bool {
    let letters = |text: &str| -> String {
        let letters = text.chars().filter(|c| c.is_ascii_alphanumeric());
        letters.map(|c| c.to_ascii_lowercase()).collect()
    };
    letters(wire) == letters(argument)
}

/// Whether the text is what stands before a shape: nothing, or the lists and maps around it.
fn is_surrounding(text: &str) -> bool {
    text.is_empty() || text.ends_with(" of ")
}

/// The response of an operation that is given as `METHOD /path`.
pub(super) fn response_place(wire: &str) -> Option<WirePlace> {
    let (method, path) = wire.split_once(' ')?;
    Some(WirePlace::response(method, path))
}

/// What a place has lost that callers rely on; nothing if it says the same or more.
pub(super) fn describe_loss(
    place: &WirePlace,
    old: &WireFact,
    new: Option<&WireFact>,
) -> Option<String> {
    let is_parameter = place.is_parameter();
    let Some(new) = new else {
        let what = match (place.depth(), is_parameter) {
            (0, _) => "the operation or object is gone",
            (_, true) => "the parameter is gone",
            (_, false) => "the field is gone",
        };
        return Some(what.to_owned());
    };
    if old.shape != new.shape {
        let list = |fact: &WireFact| -> String {
            let all: Vec<&str> = fact.shape.iter().map(String::as_str).collect();
            all.join(" or ")
        };
        return Some(format!("it was {}, and is {}", list(old), list(new)));
    }
    if is_parameter && new.required && !old.required {
        return Some("the parameter became required".to_owned());
    }
    if !is_parameter && new.required != old.required {
        let what = match new.required {
            true => "it is always there now",
            false => "it may be absent or null now",
        };
        return Some(what.to_owned());
    }
    if !old.values.is_subset(&new.values) {
        let gone: Vec<String> = old.values.difference(&new.values).cloned().collect();
        return Some(format!("values are gone: {}", gone.join(", ")));
    }
    if old.clearable && !new.clearable {
        return Some("the parameter cannot be cleared any more".to_owned());
    }
    None
}
