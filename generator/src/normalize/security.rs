//! Translates security requirements: how requests of an operation carry the credential.

use super::context::NormalizeContext;
use crate::api::AuthScheme;
use crate::diag::{Code, SpecPath};
use crate::spec::{SecurityRequirement, SecurityScheme, SpecOperation};

/// How an operation takes credentials.
pub(super) struct OperationSecurity {
    /// How requests carry the credential.
    pub(super) auth: Vec<AuthScheme>,
    /// What the credential must be allowed to do.
    pub(super) scopes: Vec<String>,
}

impl<'a> NormalizeContext<'a> {
    /// The security of an operation: that of the dialect, or the first alternative of the document
    /// that can be sent, a bearer token before others. An operation that states nothing has that of
    /// the document.
    pub(super) fn operation_security(&mut self, operation: &'a SpecOperation) -> OperationSecurity {
        if let Some(auth) = &self.dialect.service.auth {
            return OperationSecurity {
                auth: vec![auth.clone()],
                scopes: Vec::new(),
            };
        }
        let document = self.document;
        let states_none = document.security.is_none() && document.security_schemes.is_empty();
        if states_none && self.dialect.service.key_variable.is_some() {
            // The API has keys, and its document does not say how they are sent.
            return OperationSecurity {
                auth: vec![AuthScheme::Bearer],
                scopes: Vec::new(),
            };
        }
        let own = operation.definition.security.as_deref();
        let at = match own {
            Some(_) => operation.at.child("security"),
            None => SpecPath::root().child("security"),
        };
        let stated = own.or(self.document.security.as_deref());
        let stated = stated.unwrap_or_default();
        let is_supported = |needed: &&SecurityRequirement| {
            let mut names = needed.keys();
            !needed.is_empty() && names.all(|name| self.auth_scheme(name).is_some())
        };
        let usable: Vec<&SecurityRequirement> = stated.iter().filter(is_supported).collect();
        let is_bearer = |needed: &&&SecurityRequirement| {
            let mut names = needed.keys();
            names.all(|name| self.auth_scheme(name) == Some(AuthScheme::Bearer))
        };
        let chosen = usable.iter().find(is_bearer).or(usable.first());
        let Some(chosen) = chosen.copied() else {
            if let Some(needed) = stated.iter().find(|needed| !needed.is_empty()) {
                let names: Vec<_> = needed.keys().map(String::as_str).collect();
                self.report_security(Code::AuthUnsupported, &at, &names.join(", "));
            }
            return OperationSecurity {
                auth: vec![AuthScheme::None],
                scopes: Vec::new(),
            };
        };
        let names: Vec<_> = chosen.keys().map(String::as_str).collect();
        let mut auth = Vec::new();
        for scheme in names.iter().filter_map(|name| self.auth_scheme(name)) {
            if !auth.contains(&scheme) {
                auth.push(scheme);
            }
        }
        if auth.len() > 1 {
            self.report_security(Code::AuthSeveral, &at, &names.join(", "));
        } else if usable.len() > 1 {
            self.report_security(Code::AuthAlternatives, &at, &names.join(", "));
        }
        OperationSecurity {
            auth,
            scopes: chosen.values().flatten().cloned().collect(),
        }
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
            SecurityScheme::Bearer => Some(AuthScheme::Bearer),
            SecurityScheme::Other(_) => None,
        }
    }
}
