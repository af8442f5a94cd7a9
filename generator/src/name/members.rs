//! Names of methods, arguments, fields and variants.

use std::collections::{BTreeMap, HashMap};

use super::scope::{Ident, NameCase, NameScope};
use super::table::{FieldNames, NameTable, OperationNames};
use super::types::RESERVED;
use super::words::Words;
use crate::lock::{Lock, LockedKind, WITH_SUFFIX};
use crate::model::{EitherVariant, Field, Model, ParamsObject, Presence, ServiceId, TypeKind};

/// Names methods, markers and path arguments.
pub(super) fn name_operations(model: &Model, table: &mut NameTable) {
    let mut methods: HashMap<ServiceId, NameScope> = HashMap::new();
    let mut markers: HashMap<ServiceId, NameScope> = HashMap::new();
    for (id, service) in model.services() {
        let mut scope =
            NameScope::new(NameCase::Snake).with_reserved(&["new", "clone", "client", "fmt"]);
        // Children are reached by methods of their parent.
        for child in &service.children {
            scope = scope.with_reserved(&[table.service(*child).module.as_str()]);
        }
        methods.insert(id, scope);
        let handle = table.service(id).handle.to_string();
        // Markers may have the names of runtime types (`List`): services refer to those by full path.
        let reserved = [handle.as_str(), "Call", "Operation", "OperationSpec"];
        let mut scope = NameScope::new(NameCase::Pascal).with_reserved(&reserved);
        if !model.naming.by_path {
            // An operationId may be any name, also one that the file imports.
            scope = scope.with_reserved(RESERVED);
        }
        markers.insert(id, scope);
    }
    for (id, operation) in model.operations() {
        let words = Words::from_wire(&operation.method_name);
        let claim = |scopes: &mut HashMap<ServiceId, NameScope>, case| {
            scopes
                .entry(operation.service)
                .or_insert_with(|| NameScope::new(case))
                .claim_name(&words)
        };
        let method = claim(&mut methods, NameCase::Snake);
        let marker = claim(&mut markers, NameCase::Pascal);
        let with = operation.form.has_with().then(|| {
            let name = format!("{}{WITH_SUFFIX}", method.as_str());
            let scope = methods.get_mut(&operation.service);
            scope.map(|scope| scope.claim_name(&Words::from_wire(&name)))
        });
        let mut arguments =
            NameScope::new(NameCase::Snake).with_reserved(&["self", "params", "client"]);
        let path_params = operation
            .path_params
            .iter()
            .map(|p| arguments.claim_name(&Words::from_wire(&p.wire)))
            .collect();
        table.operations.insert(
            id,
            OperationNames {
                method,
                with: with.flatten(),
                marker,
                path_params,
            },
        );
    }
}

/// Names fields and variants.
pub(super) fn name_members(model: &Model, old: &Lock, table: &mut NameTable) {
    let all_locked = LockedMembers::from_lock(old);
    let all_placed = LockedMembers::of_unions(old);
    for (id, ty) in model.types() {
        let path = table.type_path(model, id);
        let locked = all_locked.of_type(&path);
        match &ty.kind {
            TypeKind::Object(object) => {
                let mut scope = NameScope::new(NameCase::Snake).with_reserved(&[EXTRA_FIELD]);
                let fields = object.fields.iter().map(plain_member);
                let names = claim_members(&mut scope, fields, locked).into_iter();
                let names = names.map(|field| FieldNames { field, clear: None });
                table.fields.insert(id, names.collect());
            }
            TypeKind::Params(params) => {
                table.fields.insert(id, params_fields(params, locked));
            }
            TypeKind::Choice(values) => {
                let values = values.iter().map(String::as_str);
                table.variants.insert(id, choice_variants(values, locked));
            }
            TypeKind::ErrorCodes(_, codes) => {
                let values = codes.iter().map(|code| code.code.as_str());
                table.variants.insert(id, choice_variants(values, locked));
            }
            TypeKind::ErrorBodies(_, variants) => {
                let mut scope = NameScope::new(NameCase::Pascal);
                let claim = |variant: &crate::model::ErrorBodyVariant| {
                    let status = Words::from_wire(&variant.status);
                    scope.claim_name(&match variant.status.as_str() {
                        "default" => status,
                        _ => Words::from_wire("status").with_words(status),
                    })
                };
                let names = variants.iter().map(claim).collect();
                table.variants.insert(id, names);
            }
            TypeKind::Union(variants) => {
                let mut scope = NameScope::new(NameCase::Pascal).with_reserved(&["Other"]);
                let claim = |v: &crate::model::UnionVariant| {
                    let object = Words::from_wire(&v.object);
                    scope.claim_name(&if v.deleted {
                        Words::from_wire("deleted").with_words(object)
                    } else {
                        object
                    })
                };
                let names = variants.iter().map(claim).collect();
                table.variants.insert(id, names);
            }
            TypeKind::Either(members) => {
                let placed = all_placed.of_type(&path);
                table
                    .variants
                    .insert(id, either_variants(members, locked, placed));
            }
            TypeKind::Token(_) => {}
        }
    }
}

/// The field of every response object for what the document does not describe.
pub const EXTRA_FIELD: &str = "extra";

/// A field or a value: its wire name, and the words of its name.
type Member<'a> = (&'a str, Words);

fn plain_member(field: &Field) -> Member<'_> {
    (&field.wire, Words::from_wire(&field.wire))
}

/// Whether the name of a member says what it is on the wire, so that no lock is needed.
pub(super) fn says_wire_name(wire: &str, words: &Words) -> bool {
    words.to_snake_case() == wire
}

/// Names the members of a type. Of several members with the same words, one that is locked has its
/// name, then one whose name says its wire name; the others are numbered.
fn claim_members<'a>(
    scope: &mut NameScope,
    members: impl Iterator<Item = Member<'a>>,
    locked: &[(&str, &str)],
) -> Vec<Ident> {
    let members: Vec<Member<'_>> = members.collect();
    let mut names: Vec<Option<Ident>> = vec![None; members.len()];
    for (ident, wire) in locked {
        let mut known = members.iter().zip(&mut names);
        match known.find(|((known, _), _)| known == wire) {
            Some((_, name)) => *name = scope.claim_locked(ident),
            // A member that is gone keeps its name, which then means nothing else.
            None => scope.reserve_name(ident),
        }
    }
    let exact: Vec<bool> = members
        .iter()
        .zip(&names)
        .map(|((wire, words), name)| name.is_none() && says_wire_name(wire, words))
        .collect();
    for wanted in [true, false] {
        for (((_, words), name), is_exact) in members.iter().zip(&mut names).zip(&exact) {
            if name.is_none() && *is_exact == wanted {
                *name = Some(scope.claim_name(words));
            }
        }
    }
    names.into_iter().flatten().collect()
}

/// Names the variants of a union of parameter objects. Those that are locked come first, then those
/// that an earlier run had, whose names said what they are, then new ones.
fn either_variants(
    members: &[EitherVariant],
    locked: &[(&str, &str)],
    placed: &[(&str, &str)],
) -> Vec<Ident> {
    let mut scope = NameScope::new(NameCase::Pascal).with_reserved(RESERVED);
    let mut names: Vec<Option<Ident>> = vec![None; members.len()];
    for (ident, wire) in locked {
        let mut known = members.iter().zip(&mut names);
        match known.find(|(member, _)| member.name == *wire) {
            Some((_, name)) => *name = scope.claim_locked(ident),
            // A variant that is gone keeps its name, which then means nothing else.
            None => scope.reserve_name(ident),
        }
    }
    let is_placed = |wire: &str| placed.iter().any(|(known, _)| *known == wire);
    for wanted in [true, false] {
        for (member, name) in members.iter().zip(&mut names) {
            if name.is_none() && is_placed(&member.name) == wanted {
                *name = Some(scope.claim_name(&Words::from_wire(&member.name)));
            }
        }
    }
    names.into_iter().flatten().collect()
}

/// Whether the name of a variant of such a union is the one that it has by itself.
pub(super) fn says_member_name(member: &str, name: &Ident) -> bool {
    Words::from_wire(member).to_pascal_case() == name.as_str()
}

/// What is locked by type.
struct LockedMembers<'a>(BTreeMap<&'a str, Vec<(&'a str, &'a str)>>);

impl<'a> LockedMembers<'a> {
    fn from_lock(lock: &'a Lock) -> Self {
        let mut by_type: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for (member, wire) in &lock.members {
            if let Some((path, ident)) = member.rsplit_once('.') {
                by_type.entry(path).or_default().push((ident, wire));
            }
        }
        Self(by_type)
    }

    /// The members of unions of parameter objects, with their types.
    fn of_unions(lock: &'a Lock) -> Self {
        let mut by_type: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        let is_union = |path: &str| {
            let locked = lock.locked_type(path);
            locked.is_some_and(|locked| locked.kind == LockedKind::Either)
        };
        for (place, ty) in &lock.places {
            // A member may have a dot in its name, the path of a type has none.
            match place.split_once('.') {
                Some((path, member)) if is_union(path) => {
                    by_type.entry(path).or_default().push((member, ty));
                }
                _ => {}
            }
        }
        Self(by_type)
    }

    /// Names and wire names, or members and types.
    fn of_type(&self, path: &str) -> &[(&'a str, &'a str)] {
        self.0.get(path).map_or(&[], Vec::as_slice)
    }
}

fn params_fields(params: &ParamsObject, locked: &[(&str, &str)]) -> Vec<FieldNames> {
    let mut scope = NameScope::new(NameCase::Snake).with_reserved(&[
        "new",
        "encode",
        "clone",
        "is_absent",
        "maybe",
    ]);
    let fields = claim_members(&mut scope, params.fields.iter().map(plain_member), locked);
    let mut clear = |field: &Field| {
        let can_clear = matches!(
            field.presence,
            Presence::Clearable | Presence::RequiredClearable
        );
        can_clear.then(|| {
            scope.claim_name(&Words::from_wire("clear").with_words(Words::from_wire(&field.wire)))
        })
    };
    let names = params.fields.iter().zip(fields);
    names
        .map(|(f, field)| FieldNames {
            field,
            clear: clear(f),
        })
        .collect()
}

fn choice_variants<'a>(
    values: impl Iterator<Item = &'a str>,
    locked: &[(&str, &str)],
) -> Vec<Ident> {
    // `Unknown` is the catch-all variant, so a documented value `unknown` gets another name.
    let mut scope = NameScope::new(NameCase::Pascal).with_reserved(&["Unknown"]);
    let members = values.map(|value| (value, variant_words(value)));
    claim_members(&mut scope, members, locked)
}

/// The words of the variant for a value.
pub(super) fn variant_words(value: &str) -> Words {
    match value {
        "*" => Words::from_wire("all"),
        "unknown" => Words::from_wire("unknown_value"),
        other => {
            let words = Words::from_wire(other);
            match words.is_empty() {
                true => sign_words(other),
                false => words,
            }
        }
    }
}

/// What signs are called, longer ones first.
const SIGNS: [(&str, &str); 24] = [
    ("<=", "less_or_equal"),
    (">=", "greater_or_equal"),
    ("!=", "not_equal"),
    ("<>", "not_equal"),
    ("==", "equal"),
    ("=", "equal"),
    ("<", "less"),
    (">", "greater"),
    ("!", "not"),
    ("+", "plus"),
    ("-", "minus"),
    ("*", "star"),
    ("/", "slash"),
    ("%", "percent"),
    ("&", "and"),
    ("|", "or"),
    ("~", "tilde"),
    ("^", "caret"),
    (".", "dot"),
    (",", "comma"),
    (":", "colon"),
    (";", "semicolon"),
    ("#", "hash"),
    ("$", "dollar"),
];

/// The words of a value without letters and digits; empty if one of its signs has no name.
fn sign_words(value: &str) -> Words {
    let mut words = Words::default();
    let mut rest = value;
    while !rest.is_empty() {
        let found = SIGNS
            .iter()
            .find_map(|(sign, name)| Some((name, rest.strip_prefix(sign)?)));
        let Some((name, tail)) = found else {
            return Words::default();
        };
        words = words.with_words(Words::from_wire(name));
        rest = tail;
    }
    words
}
