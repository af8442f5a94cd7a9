//! The JSON value of a sample, and how it is changed at a path.

use wire::codec::{Encode, JsonKind, Writer};
use wire::value::{Map, RawJson};

use super::template::{Template, TemplateMember, parse_template};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SampleValue {
    Leaf(RawJson),
    List(Vec<SampleValue>),
    Object(Vec<(String, SampleValue)>),
}

impl Encode for SampleValue {
    fn encode(&self, out: &mut dyn Writer) {
        match self {
            Self::Leaf(raw) => raw.encode(out),
            Self::List(items) => items.encode(out),
            Self::Object(members) => {
                out.begin_object();
                for (name, value) in members {
                    out.key(name);
                    value.encode(out);
                }
                out.end_object();
            }
        }
    }
}

impl SampleValue {
    /// A value of a test, taken apart so that it can be changed further.
    pub(super) fn from_raw(raw: RawJson) -> Self {
        match raw.kind() {
            JsonKind::Object => match raw.decode::<Map<RawJson>>() {
                Ok(map) => {
                    let members = map.into_iter();
                    Self::Object(members.map(|(k, v)| (k, Self::from_raw(v))).collect())
                }
                Err(_) => Self::Leaf(raw),
            },
            JsonKind::Array => match raw.decode::<Vec<RawJson>>() {
                Ok(items) => Self::List(items.into_iter().map(Self::from_raw).collect()),
                Err(_) => Self::Leaf(raw),
            },
            _ => Self::Leaf(raw),
        }
    }

    /// Replaces a member of an object, if it is there.
    pub(super) fn replace_member(&mut self, name: &str, new: &str) {
        if let Self::Object(members) = self {
            let mut members = members.iter_mut();
            if let Some((_, value)) = members.find(|(known, _)| known == name) {
                *value = Self::Leaf(RawJson::encoding(&new));
            }
        }
    }
}

/// The named templates of an API, sorted by name.
pub type SampleRows = &'static [(&'static str, &'static str)];

/// Creates values from templates.
#[derive(Clone, Copy)]
pub(super) struct SampleMaker(pub(super) SampleRows);

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SampleStep {
    Member(String),
    Index(usize),
}

/// Splits `items.data[0].price`; the error is the part that is no step.
pub(super) fn parse_path(path: &str) -> Result<Vec<SampleStep>, String> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let mut parts = part.split('[');
        let name = parts.next().unwrap_or_default();
        if !name.is_empty() {
            steps.push(SampleStep::Member(name.to_owned()));
        }
        for index in parts {
            let index = index.strip_suffix(']').and_then(|text| text.parse().ok());
            steps.push(SampleStep::Index(index.ok_or_else(|| part.to_owned())?));
        }
        if part.is_empty() {
            return Err(path.to_owned());
        }
    }
    Ok(steps)
}

impl SampleMaker {
    /// The smallest valid value: required members only, lists with one item.
    pub(super) fn create(self, template: &Template<'_>) -> SampleValue {
        self.create_within(template, &mut Vec::new())
    }

    fn create_within(self, template: &Template<'_>, within: &mut Vec<&'static str>) -> SampleValue {
        match template {
            Template::Leaf(raw) => SampleValue::Leaf(raw.clone()),
            Template::Any | Template::Map(_) => SampleValue::Object(Vec::new()),
            Template::OneOf(all) => all
                .first()
                .map_or_else(null_value, |t| self.create_within(t, within)),
            // An item of a type that contains the list would contain one as well, without end.
            Template::List(item) if self.names_any(item, within) => SampleValue::List(Vec::new()),
            Template::List(item) => SampleValue::List(vec![self.create_within(item, within)]),
            Template::Object(members) => {
                let required = members.iter().filter(|member| !member.is_optional);
                let create = |member: &TemplateMember<'_>| {
                    let value = self.create_within(&member.value, within);
                    (member.name.to_owned(), value)
                };
                SampleValue::Object(required.map(create).collect())
            }
            Template::Named(name) => match self.find(name) {
                Some((name, template)) if !within.contains(&name) => {
                    within.push(name);
                    let value = self.create_within(&template, within);
                    within.pop();
                    value
                }
                _ => null_value(),
            },
        }
    }

    fn names_any(self, template: &Template<'_>, names: &[&str]) -> bool {
        match template {
            Template::Named(name) => names.contains(name),
            Template::OneOf(all) => all.first().is_some_and(|t| self.names_any(t, names)),
            _ => false,
        }
    }

    /// The text of the row with this name.
    pub(super) fn row_text(self, name: &str) -> Option<&'static str> {
        self.find_row(name).map(|(_, row)| row)
    }

    fn find_row(self, name: &str) -> Option<(&'static str, &'static str)> {
        let at = self.0.binary_search_by(|(known, _)| (*known).cmp(name));
        self.0.get(at.ok()?).copied()
    }

    fn find(self, name: &str) -> Option<(&'static str, Template<'static>)> {
        let (name, row) = self.find_row(name)?;
        Some((name, parse_template(row)?))
    }

    /// Sets the value at a path, and creates what is missing on the way.
    ///
    /// # Errors
    /// Says why the type has no such place.
    pub(super) fn set(
        self,
        value: &mut SampleValue,
        template: &Template<'_>,
        path: &[SampleStep],
        new: SampleValue,
    ) -> Result<(), String> {
        let Some((step, rest)) = path.split_first() else {
            *value = new;
            return Ok(());
        };
        match (template, step) {
            (Template::Named(name), _) => match self.find(name) {
                Some((_, template)) => self.set(value, &template, path, new),
                None => Err(format!("there is no type {name}")),
            },
            (Template::OneOf(all), _) => {
                let chosen = all.iter().find(|t| self.member_names(t).has(step));
                let Some(chosen) = chosen.or_else(|| all.first()) else {
                    return Err("it has no members".to_owned());
                };
                if !self.fits(value, chosen) {
                    *value = self.create(chosen);
                }
                self.set(value, chosen, path, new)
            }
            (Template::Object(members), SampleStep::Member(name)) => {
                let Some(member) = members.iter().find(|member| member.name == name) else {
                    let known: Vec<&str> = members.iter().map(|member| member.name).collect();
                    return Err(format!("there is no {name}, only {}", known.join(", ")));
                };
                if !matches!(value, SampleValue::Object(_)) {
                    *value = self.create(template);
                }
                self.set_member(value, name, &member.value, rest, new)
            }
            (Template::Map(inner), SampleStep::Member(name)) => {
                self.set_member(value, name, inner, rest, new)
            }
            (Template::Any, SampleStep::Member(name)) => {
                self.set_member(value, name, &Template::Any, rest, new)
            }
            (Template::List(item), SampleStep::Index(index)) => {
                self.set_item(value, *index, item, rest, new)
            }
            (Template::List(_), SampleStep::Member(name)) => {
                Err(format!("{name} is in a list: write [0].{name}"))
            }
            (_, SampleStep::Index(index)) => Err(format!("[{index}] is in no list")),
            (Template::Leaf(_), SampleStep::Member(name)) => Err(format!("{name} is in no object")),
        }
    }

    /// Sets a value in a member of an object; what is no object becomes one.
    fn set_member(
        self,
        value: &mut SampleValue,
        name: &str,
        template: &Template<'_>,
        path: &[SampleStep],
        new: SampleValue,
    ) -> Result<(), String> {
        let mut members = match std::mem::replace(value, null_value()) {
            SampleValue::Object(members) => members,
            _ => Vec::new(),
        };
        let found = members.iter().position(|(known, _)| known == name);
        let mut member = match found {
            Some(at) => members.remove(at),
            None => (name.to_owned(), self.create(template)),
        };
        let result = self.set(&mut member.1, template, path, new);
        members.insert(found.unwrap_or(members.len()), member);
        *value = SampleValue::Object(members);
        result
    }

    /// Sets a value in an item of a list, or adds the next item.
    fn set_item(
        self,
        value: &mut SampleValue,
        index: usize,
        template: &Template<'_>,
        path: &[SampleStep],
        new: SampleValue,
    ) -> Result<(), String> {
        let mut items = match std::mem::replace(value, null_value()) {
            SampleValue::List(items) => items,
            _ => Vec::new(),
        };
        let len = items.len();
        if index == len {
            items.push(self.create(template));
        }
        let result = match items.get_mut(index) {
            Some(item) => self.set(item, template, path, new),
            None => Err(format!("the list has {len} items, so the next is [{len}]")),
        };
        *value = SampleValue::List(items);
        result
    }

    /// The names of the members that a value of the template can have.
    fn member_names(self, template: &Template<'_>) -> MemberNames {
        match template {
            Template::Named(name) => match self.find(name) {
                Some((_, template)) => self.member_names(&template),
                None => MemberNames::default(),
            },
            Template::Object(members) => {
                let of = |member: &TemplateMember<'_>| (member.name.to_owned(), member.is_optional);
                MemberNames(members.iter().map(of).collect())
            }
            Template::OneOf(all) => {
                MemberNames(all.iter().flat_map(|t| self.member_names(t).0).collect())
            }
            _ => MemberNames::default(),
        }
    }

    /// Whether the value is an object with all required members of the template and no others than
    /// it knows.
    fn fits(self, value: &SampleValue, template: &Template<'_>) -> bool {
        let SampleValue::Object(present) = value else {
            return false;
        };
        let MemberNames(names) = self.member_names(template);
        let is_present = |name: &str| present.iter().any(|(known, _)| known == name);
        let is_known = |name: &str| names.iter().any(|(known, _)| known == name);
        names
            .iter()
            .all(|(name, optional)| *optional || is_present(name))
            && present.iter().all(|(name, _)| is_known(name))
    }
}

/// Names of members, and whether they are optional.
#[derive(Default)]
struct MemberNames(Vec<(String, bool)>);

impl MemberNames {
    fn has(&self, step: &SampleStep) -> bool {
        match step {
            SampleStep::Member(name) => self.0.iter().any(|(known, _)| known == name),
            SampleStep::Index(_) => false,
        }
    }
}

fn null_value() -> SampleValue {
    SampleValue::Leaf(RawJson::default())
}
