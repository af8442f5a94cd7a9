//! How the service is reached: credentials, headers, servers.

use super::InitFacts;
use super::operations::{JsonOperation, plain_name};
use super::text::{DialectText, count_of, quote_key, quote_text};
use crate::api::{Api, AuthScheme};
use crate::spec::SecurityScheme;

/// Writes `[service]`.
pub(super) fn write_service(
    out: &mut DialectText,
    facts: &InitFacts<'_>,
    operations: &[JsonOperation<'_>],
) {
    out.note("How requests are made.");
    out.set("[service]");
    write_auth(out, facts);
    if facts.has_title() {
        out.guess(
            "the name is from the title. It is the environment variable that contains the API key, \
             which `Client::from_env` reads. Without a setting it is API_KEY.",
        );
        let variable = quote_text(&key_variable(facts.crate_name));
        out.switch_off(&format!("key_variable = {variable}"));
    }
    write_version_header(out, facts, operations);
    out.gap();
}

/// The environment variable of the key: `NOTES_API_KEY` for `notes` and `notes-api`.
fn key_variable(crate_name: &str) -> String {
    let name = crate_name.strip_suffix("-client").unwrap_or(crate_name);
    let name = name.strip_suffix("-api").unwrap_or(name);
    format!("{}_API_KEY", name.to_ascii_uppercase().replace('-', "_"))
}

fn write_auth(out: &mut DialectText, facts: &InitFacts<'_>) {
    let schemes = &facts.document.security_schemes;
    let mut found: Vec<(AuthScheme, Vec<&str>)> = Vec::new();
    let mut unsupported = Vec::new();
    for (name, scheme) in schemes {
        let Some(auth) = auth_of(scheme) else {
            unsupported.push(format!("`{name}`"));
            continue;
        };
        match found.iter_mut().find(|(known, _)| *known == auth) {
            Some((_, names)) => names.push(name),
            None => found.push((auth, vec![name])),
        }
    }
    let used = facts.api.and_then(used_auth);
    let used = used.as_ref();
    write_auth_found(out, facts, used, found.is_empty());
    write_schemes(out, facts);
    if !unsupported.is_empty() {
        let names = unsupported.join(", ");
        out.note(&format!(
            "Not supported, so that requests cannot carry it: {names}."
        ));
    }
    // The one that is used comes first.
    found.sort_by_key(|(auth, _)| used != Some(auth));
    for (auth, names) in &found {
        let names = names.join(", ");
        let line = format!("auth = {}", quote_text(&auth_text(auth)));
        out.note(&format!("Of the security scheme {names}:"));
        match used == Some(auth) {
            true => out.set(&line),
            false => out.switch_off(&line),
        }
    }
    if found.is_empty() {
        out.switch_off("auth = \"bearer\"");
    }
}

/// Lists the security schemes of which a client has a credential each.
fn write_schemes(out: &mut DialectText, facts: &InitFacts<'_>) {
    let schemes = facts.api.map_or(&[][..], |api| &api.service.schemes);
    if schemes.is_empty() {
        return;
    }
    out.note("Operations require these security schemes:");
    for scheme in schemes {
        let mut text = format!("{}: {}", scheme.name, auth_text(&scheme.auth));
        if let Some(url) = &scheme.token_url {
            text.push_str(&format!("; tokens from {url}"));
        }
        if !scheme.scopes.is_empty() {
            text.push_str(&format!("; scopes {}", scheme.scopes.join(", ")));
        }
        out.item(&text);
    }
}

/// Says how credentials are sent without a setting.
fn write_auth_found(
    out: &mut DialectText,
    facts: &InitFacts<'_>,
    used: Option<&AuthScheme>,
    lacks_schemes: bool,
) {
    let is_required = facts.api.is_some_and(|api| {
        let mut all = api.endpoints.iter();
        all.any(|endpoint| endpoint.auth.iter().any(|auth| *auth != AuthScheme::None))
    });
    match (used, lacks_schemes, is_required) {
        (Some(_), ..) => out.note(
            "How requests carry the credential. All operations require the same security scheme, \
             which is chosen without a setting too.",
        ),
        (None, true, _) => {
            out.note(
                "The document has no security scheme that requests can carry, so none carries a \
                 credential.",
            );
            out.guess(
                "a token in the header `Authorization`. Other values are `basic`, and `header NAME`, \
                 `query NAME` or `cookie NAME`.",
            );
        }
        (None, false, false) => {
            out.note(
                "The document has security schemes, but no operation requires one that can be sent, so \
                 no request carries a credential.",
            );
            out.guess("a scheme that is described is required. Remove the `#` of one line.");
        }
        (None, false, true) => out.note(
            "How requests carry the credential. The operations differ in it, or need scopes, and each \
             does what the document says. A client has a credential for each security scheme that it \
             uses (`api_key_for`, `password_for` and `credentials_for` of its builder). A setting is \
             for all operations in the place of that.",
        ),
    }
}

/// What all operations use, if a setting says the same: none is open, and none has scopes.
fn used_auth(api: &Api) -> Option<AuthScheme> {
    let first = api.endpoints.first()?;
    let [auth] = first.auth.as_slice() else {
        return None;
    };
    let mut all = api.endpoints.iter();
    let is_same = all.all(|it| it.security.is_empty() && it.auth == first.auth);
    (is_same && *auth != AuthScheme::None).then(|| auth.clone())
}

fn auth_of(scheme: &SecurityScheme) -> Option<AuthScheme> {
    Some(match scheme {
        SecurityScheme::HeaderKey(name) => AuthScheme::Header(name.clone()),
        SecurityScheme::QueryKey(name) => AuthScheme::Query(name.clone()),
        SecurityScheme::CookieKey(name) => AuthScheme::Cookie(name.clone()),
        SecurityScheme::Basic => AuthScheme::Basic,
        SecurityScheme::Bearer | SecurityScheme::ClientCredentials(_) => AuthScheme::Bearer,
        SecurityScheme::Other(_) => return None,
    })
}

/// The value of `auth`, as the dialect reads it.
fn auth_text(auth: &AuthScheme) -> String {
    match auth {
        AuthScheme::Bearer => "bearer".to_owned(),
        AuthScheme::Basic => "basic".to_owned(),
        AuthScheme::Header(name) => format!("header {name}"),
        AuthScheme::Query(name) => format!("query {name}"),
        AuthScheme::Cookie(name) => format!("cookie {name}"),
        AuthScheme::None => "none".to_owned(),
    }
}

fn write_version_header(
    out: &mut DialectText,
    facts: &InitFacts<'_>,
    operations: &[JsonOperation<'_>],
) {
    let mut headers: Vec<(&str, usize)> = Vec::new();
    for (place, name) in operations.iter().flat_map(|it| &it.parameters) {
        let plain = plain_name(name);
        let is_version = plain == "version" || plain == "xversion" || plain.ends_with("apiversion");
        let is_version = is_version || name.to_ascii_lowercase().ends_with("-version");
        if *place != "header" || !is_version {
            continue;
        }
        match headers.iter_mut().find(|(known, _)| known == name) {
            Some((_, count)) => *count += 1,
            None => headers.push((name, 1)),
        }
    }
    for (name, count) in headers {
        let version = &facts.document.version;
        let count = count_of(count, "operation");
        out.guess(&format!(
            "{count} with a header parameter of this name. The setting sends the version of the \
             document, `{version}`, with every request, so that the answers keep its form."
        ));
        let name = quote_text(name);
        out.switch_off(&format!("version_header = {name}"));
    }
}

/// Writes `[hosts]`.
pub(super) fn write_hosts(out: &mut DialectText, facts: &InitFacts<'_>) {
    let servers = &facts.document.servers;
    out.note("Base URLs by a name of your choice, default first.");
    match servers.as_slice() {
        [] => {
            out.note(
                "The document states no server, so the program has to: \
                 `Client::builder().base_url(\"https://…\")`, or this setting.",
            );
            out.guess("replace `https://api.example.com` by the URL of the API.");
        }
        [first, ..] if !first.contains("://") => {
            out.note(&format!(
                "The server of the document, `{first}`, is relative to a URL that it does not state, so \
                 the program has to: `Client::builder().base_url(\"https://…\")`, or this setting."
            ));
            out.guess("replace `https://api.example.com` by the URL of the API.");
        }
        [_] => out.note("The server of the document is used without a setting."),
        [_, others @ ..] => {
            out.note(
                "The first server of the document is used without a setting. Others, for \
                 `Client::builder().base_url(…)`:",
            );
            for other in others {
                out.item(other);
            }
        }
    }
    if facts.document.operations.is_empty() {
        out.note("There is no operation that would be sent to one.");
        return out.gap();
    }
    let known = used_servers(facts);
    if known.iter().any(|(_, url)| url.contains('{')) {
        out.note(
            "Parts in braces are variables with their defaults; \
             `Client::builder().server_variable(…)` sets another value.",
        );
    }
    if known.len() > 1 {
        out.note("Some operations have servers of their own.");
    }
    out.switch_off("[hosts]");
    for (key, url) in known {
        let line = format!("{} = {}", quote_key(&key), quote_text(&url));
        out.switch_off(&line);
    }
    out.gap();
}

/// The base URLs that operations are sent to, default first, each with a key. A URL without a host
/// gets one to be replaced.
fn used_servers(facts: &InitFacts<'_>) -> Vec<(String, String)> {
    let document = facts.document;
    let first = document.servers.first().map_or("", String::as_str);
    let default = match first.contains("://") {
        true => first.to_owned(),
        false => format!("https://api.example.com/{}", first.trim_start_matches('/')),
    };
    let default = default.trim_end_matches('/').to_owned();
    let mut found = vec![("api".to_owned(), default)];
    let own = document.operations.iter().flat_map(|it| it.servers.first());
    for url in own.filter(|url| url.contains("://")) {
        let url = url.trim_end_matches('/');
        if !found.iter().any(|(_, known)| known == url) {
            let (_, key) = url.split_once("://").unwrap_or(("", url));
            found.push((key.to_owned(), url.to_owned()));
        }
    }
    found
}
