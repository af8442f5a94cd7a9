//! Places of a rewritten document as places of the document that was read.

use std::collections::HashMap;

use super::SpecPath;

/// Where parts of a rewritten document come from. All other parts are where they were.
#[derive(Clone, Debug, Default)]
pub struct PlaceOrigins(HashMap<SpecPath, SpecPath>);

impl PlaceOrigins {
    /// Notes that the part at `place` comes from `origin`.
    pub fn add_origin(&mut self, place: SpecPath, origin: SpecPath) {
        if place != origin {
            self.0.insert(place, origin);
        }
    }

    /// The place in the document that was read: that of the nearest part around it which comes from
    /// elsewhere, and the rest of the pointer.
    pub fn written_place(&self, at: &SpecPath) -> SpecPath {
        if self.0.is_empty() {
            return at.clone();
        }
        let mut above = Some(at.clone());
        while let Some(place) = above {
            if let Some(origin) = self.0.get(&place) {
                let rest = at.as_str().get(place.as_str().len()..).unwrap_or_default();
                return origin.joined(rest);
            }
            above = place.parent();
        }
        at.clone()
    }

    /// What a component schema is called in a message: its name, or the place that it was made of.
    pub fn written_name(&self, name: &str) -> String {
        let place = ["components", "schemas", name].into_iter();
        let place = place.fold(SpecPath::root(), |at, key| at.child(key));
        match self.0.get(&place) {
            Some(origin) => origin.to_string(),
            None => name.to_owned(),
        }
    }
}
