//! Which service and method an operation belongs to, by its tag and its operationId.
//!
//! The rules for documents without a dialect that names methods by their paths: the service is the
//! first tag, or else the first literal of the path that is no version; the method is the
//! operationId, without the name of the service that it may begin with. Of two operations with one
//! name the later one is numbered; the lock keeps the numbers.

use std::collections::HashSet;

use heck::ToSnakeCase;

use super::service_rules::MethodPlacement;
use crate::api::Endpoint;

/// The service of operations without a tag whose path has no literal.
const NO_SERVICE: &str = "api";
/// The longest name of a method or service.
const MAX_LENGTH: usize = 50;

/// The methods that are taken, by service.
#[derive(Default)]
pub(super) struct MethodNames {
    taken: HashSet<(String, String)>,
}

impl MethodNames {
    /// Reserves a method of an earlier run.
    pub(super) fn reserve_method(&mut self, placement: &MethodPlacement) {
        let service = placement.service.join(".");
        self.taken.insert((service, placement.method.clone()));
    }

    /// The service and method of an operation that has none yet.
    pub(super) fn place_operation(&mut self, endpoint: &Endpoint) -> MethodPlacement {
        let service = service_name(endpoint);
        let plain = method_name(endpoint, &service);
        let mut method = plain.clone();
        let mut number = 2;
        while !self.taken.insert((service.clone(), method.clone())) {
            method = format!("{plain}_{number}");
            number += 1;
        }
        MethodPlacement {
            service: vec![service],
            method,
        }
    }
}

fn service_name(endpoint: &Endpoint) -> String {
    let tag = endpoint.tags.first().map(|tag| plain_words(tag));
    let tag = tag.filter(|tag| !tag.is_empty());
    let from_path = || {
        let segments = endpoint.path.split('/').filter(|it| !it.contains('{'));
        let mut names = segments.map(plain_words).filter(|it| !it.is_empty());
        names.find(|name| !is_version(name) && name != "api")
    };
    let name = tag.or_else(from_path);
    shorten(&name.unwrap_or_else(|| NO_SERVICE.to_owned()))
}

fn method_name(endpoint: &Endpoint, service: &str) -> String {
    let id = endpoint.id.as_str();
    // `pets/list`, `PetController_list`, `pets.list`
    let parts: Vec<String> = id
        .split(['/', '.', ':', '_', '#'])
        .map(plain_words)
        .filter(|part| !part.is_empty())
        .collect();
    let is_service = |part: &str| {
        let part = part.strip_suffix("_controller").unwrap_or(part);
        part == service || part.trim_end_matches('s') == service.trim_end_matches('s')
    };
    let method = match parts.as_slice() {
        [first, rest @ ..] if !rest.is_empty() && is_service(first) => rest.join("_"),
        all => all.join("_"),
    };
    let method = match method.is_empty() {
        true => endpoint.method.as_str().to_ascii_lowercase(),
        false => method,
    };
    shorten(&method)
}

/// A name in snake case, of ASCII letters and digits.
fn plain_words(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    text.to_snake_case()
}

/// Whether a segment of a path is a version: `v1`, `2`, `v2_1`.
fn is_version(name: &str) -> bool {
    let digits = name.strip_prefix('v').unwrap_or(name);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

/// The first words that are not too long in all.
fn shorten(name: &str) -> String {
    let mut short = String::new();
    for word in name.split('_') {
        if !short.is_empty() && short.len() + word.len() + 1 > MAX_LENGTH {
            break;
        }
        if !short.is_empty() {
            short.push('_');
        }
        short.extend(word.chars().take(MAX_LENGTH));
    }
    short
}
