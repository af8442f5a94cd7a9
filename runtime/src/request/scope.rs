//! For whom a request is made: the credential, the account and the context.
//!
//! In: those of the client, of the call, and the caller's own headers. Out: errors for blank ones,
//! whether the credential is the client's, and the account whose rate limits apply.

use http::{HeaderName, header};

use super::{HeaderNames, PreparedRequest, RequestDefaults};
use crate::error::Error;
use crate::operation::AuthSpec;

impl PreparedRequest {
    pub(crate) fn set_account(&mut self, account: String) {
        self.replace_scope();
        self.account = Some(account);
    }

    pub(crate) fn set_context(&mut self, context: String) {
        self.replace_scope();
        self.context = Some(context);
    }

    /// Discards the client's account and context.
    pub(crate) fn replace_scope(&mut self) {
        if !self.has_own_scope {
            self.has_own_scope = true;
            (self.account, self.context) = (None, None);
        }
    }

    /// Whether the request carries the client's only credential, unless the caller has set another.
    pub(crate) fn sends_credential(&self) -> bool {
        self.auth.iter().any(|place| *place != AuthSpec::None)
    }

    /// Whether the caller has set a header that replaces a credential.
    pub(crate) fn has_own_credential(&self) -> bool {
        let stated = self.security.iter().copied().flatten();
        let mut places = self.auth.iter().chain(stated.map(|it| &it.scheme.place));
        self.headers.contains_key(header::AUTHORIZATION) || places.any(|it| self.has_own(it))
    }

    /// Whether the caller has set what is sent in this place.
    pub(crate) fn has_own(&self, place: &AuthSpec) -> bool {
        match place {
            AuthSpec::Header(name) => self.headers.contains_key(*name),
            AuthSpec::Cookie(_) => self.headers.contains_key(header::COOKIE),
            AuthSpec::Bearer | AuthSpec::Basic => self.headers.contains_key(header::AUTHORIZATION),
            _ => false,
        }
    }

    /// Refuses blank values in the caller's own headers.
    pub(super) fn check_own_scope(&self, names: &HeaderNames) -> Result<(), Error> {
        for (name, what) in [(&names.account, "account"), (&names.context, "context")] {
            if let Some(own) = name.as_ref().and_then(|name| self.headers.get(name)) {
                check_scope(what, own.as_bytes())?;
            }
        }
        Ok(())
    }

    /// The account whose rate limits the request counts against, if it is not the API key's own:
    /// the account, or else the last part of the context, which may be a path to an account.
    pub(crate) fn limited_account(&self, names: &HeaderNames) -> Option<&str> {
        let own = |name: &Option<HeaderName>| self.headers.get(name.as_ref()?)?.to_str().ok();
        let context = || own(&names.context).or(self.context.as_deref());
        let account = own(&names.account).or(self.account.as_deref());
        account.or_else(|| context()?.rsplit('/').next())
    }
}

impl RequestDefaults {
    /// Refuses a blank account or context of a client.
    pub(crate) fn check_scope(&self) -> Result<(), Error> {
        for (text, what) in [(&self.account, "account"), (&self.context, "context")] {
            if let Some(text) = text {
                check_scope(what, text.as_bytes())?;
            }
        }
        Ok(())
    }
}

/// Refuses an account or a context that is blank, such as a column that was not filled: without it
/// the request would act on the API key's own account. No id has other characters than these.
pub(crate) fn check_scope(what: &str, text: &[u8]) -> Result<(), Error> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return Err(Error::build(format!(
            "the {what} is empty: `own_account` selects the API key's own account"
        )));
    }
    match text.iter().all(u8::is_ascii_graphic) {
        true => Ok(()),
        false => Err(Error::build(format!(
            "the {what} contains a character that no {what} has"
        ))),
    }
}
