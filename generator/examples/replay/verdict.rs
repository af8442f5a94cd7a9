//! Who caused a change.

use std::collections::BTreeSet;

use crate::wire::{Fact, Facts, plain_name};

/// Who caused a change, and the place or the reason that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Generator(String),
    Upstream(&'static str),
}

impl Cause {
    pub(crate) fn is_generator(&self) -> bool {
        matches!(self, Self::Generator(_))
    }
}

/// The facts of both documents.
#[derive(Clone, Copy)]
pub(crate) struct BothFacts<'a> {
    pub(crate) old: &'a Facts,
    pub(crate) new: &'a Facts,
}

impl BothFacts<'_> {
    /// Who caused that a type at these places changed: the generator if one of the places has all
    /// its facts still, with everything below it.
    pub(crate) fn classify_places<'p>(
        &self,
        places: impl IntoIterator<Item = &'p String>,
        member: &str,
    ) -> Cause {
        let mut is_known = false;
        let mut is_nested = false;
        for place in places {
            let place = match member {
                "" => place.clone(),
                member => format!("{place}/{member}"),
            };
            let Some(old) = self.old.fact_at(&place) else {
                continue;
            };
            is_known = true;
            if self
                .new
                .fact_at(&place)
                .is_none_or(|new| !is_kept(&place, old, new))
            {
                continue;
            }
            if self.is_kept_below(&place) {
                return Cause::Generator(place);
            }
            is_nested = true;
        }
        match (is_known, is_nested) {
            (_, true) => Cause::Upstream("below the place something is gone or contradicts"),
            (true, false) => Cause::Upstream("the place is gone or contradicts"),
            // Nothing of the document excuses it.
            (false, false) => Cause::Generator("no place in the document".to_owned()),
        }
    }

    fn is_kept_below(&self, place: &str) -> bool {
        let mut all = self.old.facts_below(place);
        all.all(|(place, old)| {
            self.new
                .fact_at(place)
                .is_some_and(|new| is_kept(place, old, new))
        })
    }

    /// Whether a parameter is required now and was not before, at one of these places.
    pub(crate) fn is_required_now<'p>(
        &self,
        places: impl IntoIterator<Item = &'p String>,
        member: &str,
    ) -> bool {
        places.into_iter().any(|place| {
            let place = format!("{place}/{member}");
            let is_required =
                |facts: &Facts| facts.fact_at(&place).is_some_and(|fact| fact.required);
            is_required(self.new) && !is_required(self.old)
        })
    }

    /// Who caused that a variant of an enum at these places is gone.
    pub(crate) fn classify_variant<'p>(
        &self,
        places: impl IntoIterator<Item = &'p String>,
        variant: &str,
    ) -> Cause {
        let has = |values: &BTreeSet<String>| values.iter().any(|v| plain_name(v) == variant);
        for place in places {
            if let (Some(old), Some(new)) = (self.old.fact_at(place), self.new.fact_at(place)) {
                if has(&old.values) && has(&new.values) {
                    return Cause::Generator(place.clone());
                }
            }
        }
        Cause::Upstream("the value is gone")
    }
}

/// Whether a place has all its facts still: the same shape, all values, and nothing that callers
/// would notice about being required.
fn is_kept(place: &str, old: &Fact, new: &Fact) -> bool {
    let is_parameter = place.starts_with("in ");
    let required = match is_parameter {
        true => old.required || !new.required,
        false => old.required == new.required,
    };
    required
        && old.shape == new.shape
        && old.values.is_subset(&new.values)
        && (new.clearable || !old.clearable)
}
