//! The names of the constants of security schemes.

use std::collections::{HashMap, HashSet};

use heck::ToShoutySnakeCase as _;

use crate::model::SchemeFacts;

/// The names of the constants of schemes, which differ.
pub(super) fn scheme_names(schemes: &[SchemeFacts]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(schemes.len());
    let mut taken: HashSet<String> = HashSet::new();
    // The number that a name gets next.
    let mut numbers: HashMap<String, usize> = HashMap::new();
    for scheme in schemes {
        let plain = scheme
            .name
            .replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let mut name = plain.to_shouty_snake_case();
        if !name.starts_with(|c: char| c.is_ascii_uppercase()) {
            name = format!("SCHEME_{name}").trim_end_matches('_').to_owned();
        }
        let number = numbers.entry(name.clone()).or_insert(2);
        let base = name.clone();
        while !taken.insert(name.clone()) {
            name = format!("{base}_{number}");
            *number += 1;
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::scheme_names;
    use crate::model::{AuthScheme, SchemeFacts};

    #[test]
    fn names_are_constants_and_unique() {
        let names = [
            "apiKey",
            "api_key_2",
            "api_key",
            "2fa",
            "",
            "OAuth2.staff-key",
            "\u{e9}",
        ];
        let schemes = names.map(|name| SchemeFacts {
            name: name.to_owned(),
            auth: AuthScheme::Bearer,
            token_url: None,
            scopes: Vec::new(),
        });
        assert_eq!(
            scheme_names(&schemes),
            [
                "API_KEY",
                "API_KEY_2",
                "API_KEY_3",
                "SCHEME_2FA",
                "SCHEME",
                "O_AUTH2_STAFF_KEY",
                "SCHEME_2"
            ]
        );
    }
}
