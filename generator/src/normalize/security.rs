//! Translates security requirements: which credentials requests of an operation carry, and how.

use std::collections::HashMap;

use indexmap::IndexSet;

use super::context::NormalizeContext;
use crate::api::{AuthScheme, Endpoint, RequiredScheme, SchemeFacts};
use crate::diag::{Code, SpecPath};
use crate::spec::{SecurityRequirement, SecurityScheme, SpecOperation};

/// How an operation takes credentials.
pub(super) struct OperationSecurity {
    /// How requests carry the credential of the first alternative.
    pub(super) auth: Vec<AuthScheme>,
    /// The alternatives of the document that can be sent.
    pub(super) alternatives: Vec<Vec<RequiredScheme>>,
}

impl OperationSecurity {
    fn without_alternatives(auth: AuthScheme) -> Self {
        Self {
            auth: vec![auth],
            alternatives: Vec::new(),
        }
    }
}

impl<'a> NormalizeContext<'a> {
    /// The security of an operation: that of the dialect, or the alternatives of the document that
    /// can be sent. An operation that states nothing has those of the document.
    pub(super) fn operation_security(&mut self, operation: &'a SpecOperation) -> OperationSecurity {
        if let Some(auth) = &self.dialect.service.auth {
            return OperationSecurity::without_alternatives(auth.clone());
        }
        let document = self.document;
        let states_none = document.security.is_none() && document.security_schemes.is_empty();
        if states_none && self.dialect.service.key_variable.is_some() {
            // The API has keys, and its document does not say how they are sent.
            return OperationSecurity::without_alternatives(AuthScheme::Bearer);
        }
        let own = operation.definition.security.as_deref();
        let at = match own {
            Some(_) => operation.at.child("security"),
            None => SpecPath::root().child("security"),
        };
        let stated = own.or(document.security.as_deref()).unwrap_or_default();
        let (usable, others): (Vec<_>, Vec<_>) =
            stated.iter().partition(|needed| self.is_supported(needed));
        let is_open = usable.iter().all(|needed| needed.is_empty());
        let code = match is_open {
            true => Code::AuthUnsupported,
            false => Code::AuthAlternativeUnsupported,
        };
        for needed in others {
            let names: Vec<_> = needed.keys().map(String::as_str).collect();
            self.report_security(code, &at, &names.join(", "));
        }
        if is_open {
            return OperationSecurity::without_alternatives(AuthScheme::None);
        }
        let mut alternatives: Vec<Vec<RequiredScheme>> =
            usable.into_iter().map(required_schemes).collect();
        // A credential is sent even if the operation can do without.
        alternatives.sort_by_key(Vec::is_empty);
        alternatives.dedup();
        let first = alternatives.first().into_iter().flatten();
        let first = first.filter_map(|required| self.auth_scheme(&required.scheme));
        OperationSecurity {
            auth: first.collect(),
            alternatives,
        }
    }

    /// All places in which requests of an operation may carry a credential.
    pub(super) fn credential_places(&self, security: &OperationSecurity) -> Vec<AuthScheme> {
        let required = security.alternatives.iter().flatten();
        let required = required.filter_map(|required| self.auth_scheme(&required.scheme));
        security.auth.iter().cloned().chain(required).collect()
    }

    /// Whether requests can carry all credentials of an alternative, each in a place of its own.
    fn is_supported(&self, needed: &SecurityRequirement) -> bool {
        let places = needed.keys().map(|name| self.auth_scheme(name));
        let Some(mut places) = places.collect::<Option<Vec<_>>>() else {
            return false;
        };
        let count = places.len();
        places.sort_by_key(place_text);
        places.dedup_by_key(|place| place_text(place));
        places.len() == count
    }

    /// Reports each combination of schemes once.
    fn report_security(&mut self, code: Code, at: &SpecPath, names: &str) {
        if self.reported_security.insert((code, names.to_owned())) {
            self.report(code, at, names);
        }
    }

    fn auth_scheme(&self, name: &str) -> Option<AuthScheme> {
        match self.document.security_schemes.get(name)? {
            SecurityScheme::HeaderKey(name) => Some(AuthScheme::Header(name.clone())),
            SecurityScheme::QueryKey(name) => Some(AuthScheme::Query(name.clone())),
            SecurityScheme::CookieKey(name) => Some(AuthScheme::Cookie(name.clone())),
            SecurityScheme::Basic => Some(AuthScheme::Basic),
            SecurityScheme::Bearer | SecurityScheme::ClientCredentials(_) => {
                Some(AuthScheme::Bearer)
            }
            SecurityScheme::Other(_) => None,
        }
    }

    /// The URL of the client credentials flow. A relative one is on the first server, which must be
    /// known for that.
    fn token_url(&mut self, name: &str) -> Option<String> {
        let Some(SecurityScheme::ClientCredentials(url)) = self.document.security_schemes.get(name)
        else {
            return None;
        };
        let server = self.document.servers.first();
        let resolved = match url.contains("://") {
            true => Some(url.clone()),
            false => server.and_then(|server| resolve_url(server, url)),
        };
        if resolved.is_none() {
            let at = ["components", "securitySchemes", name, "flows"];
            let at = at.iter().fold(SpecPath::root(), |at, key| at.child(key));
            let at = at.child("clientCredentials").child("tokenUrl");
            self.report(Code::TokenUrlRelative, &at, format!("`{url}`"));
        }
        resolved
    }
}

/// What must differ between two credentials of a request. Names of headers are the same in any case.
fn place_text(auth: &AuthScheme) -> String {
    match auth {
        AuthScheme::Bearer | AuthScheme::Basic => "header authorization".to_owned(),
        AuthScheme::Header(name) => format!("header {}", name.to_ascii_lowercase()),
        AuthScheme::Query(name) => format!("query {name}"),
        AuthScheme::Cookie(name) => format!("cookie {name}"),
        AuthScheme::None => String::new(),
    }
}

fn required_schemes(needed: &SecurityRequirement) -> Vec<RequiredScheme> {
    let required = needed.iter().map(|(scheme, scopes)| RequiredScheme {
        scheme: scheme.clone(),
        scopes: scopes.clone(),
    });
    required.collect()
}

/// A URL that is relative to a server (RFC 3986, section 5.2), without dots in its path. `None` if
/// the server is relative too, or has variables.
fn resolve_url(server: &str, url: &str) -> Option<String> {
    let (scheme, rest) = server.split_once("://")?;
    if server.contains('{') || url.split('/').any(|part| part == "." || part == "..") {
        return None;
    }
    let (host, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    Some(if url.starts_with("//") {
        format!("{scheme}:{url}")
    } else if url.starts_with('/') {
        format!("{scheme}://{host}{url}")
    } else {
        format!("{scheme}://{host}{folder}/{url}")
    })
}

/// How operations require a security scheme.
#[derive(Default)]
struct SchemeUse<'e> {
    /// All its scopes, in the order of the operations.
    scopes: IndexSet<&'e str>,
    /// How many operations can do with it alone.
    alone: usize,
    /// The last of these operations, which has it alone perhaps with several lists of scopes.
    last_alone: Option<usize>,
}

/// The schemes that operations require, by name.
fn scheme_uses(endpoints: &[Endpoint]) -> HashMap<&str, SchemeUse<'_>> {
    let mut uses: HashMap<&str, SchemeUse<'_>> = HashMap::new();
    for (index, endpoint) in endpoints.iter().enumerate() {
        for needed in &endpoint.security {
            for required in needed {
                let found = uses.entry(&required.scheme).or_default();
                found
                    .scopes
                    .extend(required.scopes.iter().map(String::as_str));
                if needed.len() == 1 && found.last_alone != Some(index) {
                    found.last_alone = Some(index);
                    found.alone += 1;
                }
            }
        }
    }
    uses
}

/// The security schemes that operations require, if a client needs to know them by name: there are
/// several, or the only one has scopes or a URL for tokens, or is optional. If there is one kind of
/// key that operations either need or not, its place is all that a client needs to know, and the
/// endpoints no longer name it.
pub(super) fn name_schemes(
    endpoints: &mut [Endpoint],
    context: &mut NormalizeContext<'_>,
) -> Vec<SchemeFacts> {
    let mut schemes: Vec<(usize, SchemeFacts)> = Vec::new();
    let mut uses = scheme_uses(endpoints);
    let document = context.document;
    for name in document.security_schemes.keys() {
        let Some(found) = uses.remove(name.as_str()) else {
            continue;
        };
        let Some(auth) = context.auth_scheme(name) else {
            continue;
        };
        let facts = SchemeFacts {
            name: name.clone(),
            auth,
            token_url: context.token_url(name),
            scopes: found.scopes.into_iter().map(str::to_owned).collect(),
        };
        schemes.push((found.alone, facts));
    }
    let is_optional = |endpoint: &Endpoint| endpoint.security.iter().any(Vec::is_empty);
    let needs_name =
        |(_, facts): &(usize, SchemeFacts)| !facts.scopes.is_empty() || facts.token_url.is_some();
    if schemes.len() < 2 && !schemes.iter().any(needs_name) && !endpoints.iter().any(is_optional) {
        for endpoint in endpoints {
            endpoint.security.clear();
        }
        return Vec::new();
    }
    let most = schemes.iter().rev().max_by_key(|(count, _)| *count);
    let most = most.map(|(_, facts)| facts.name.clone());
    schemes.sort_by_key(|(_, facts)| Some(&facts.name) != most.as_ref());
    schemes.into_iter().map(|(_, facts)| facts).collect()
}
