//! The URL to which a user is sent for the authorization.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{HOST, OAuth};
use runtime::error::Error;
use wire::secret::Secret;

/// The characters that are escaped in a query: all but the unreserved ones of RFC 3986.
pub(super) const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The permissions of a platform for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OAuthScope {
    /// Read only.
    ReadOnly,
    /// Read and write.
    ReadWrite,
}

/// The first page for a user who is not signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LandingPage {
    /// The page for signing in.
    Login,
    /// The page for creating an account.
    Register,
}

/// The URL and the state of an authorization. `Debug` shows neither of them, since the URL contains
/// the state.
#[derive(Clone)]
#[non_exhaustive]
pub struct Authorization {
    /// The URL to redirect the user to.
    pub url: String,
    /// The state that the callback must contain. Store it in the user's session, and use it once.
    pub state: Secret,
}

impl fmt::Debug for Authorization {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Authorization").finish_non_exhaustive()
    }
}

/// Builds the URL of an authorization. Data about the user is optional and prefilled in the forms.
///
/// See <https://docs.stripe.com/connect/oauth-reference> for what the parameters mean.
#[must_use = "call `build` to get the URL"]
#[derive(Clone)]
pub struct AuthorizationBuilder<'a> {
    oauth: &'a OAuth,
    is_express: bool,
    params: Vec<(String, String)>,
}

macro_rules! prefill {
    ($($(#[$doc:meta])* $method:ident = $name:literal;)*) => {$(
        $(#[$doc])*
        pub fn $method(self, value: impl Into<String>) -> Self {
            self.extra_param(concat!("stripe_user[", $name, "]"), value)
        }
    )*};
}

impl<'a> AuthorizationBuilder<'a> {
    pub(super) fn new(oauth: &'a OAuth) -> Self {
        Self {
            oauth,
            is_express: false,
            params: Vec::new(),
        }
    }

    /// Requests an Express account instead of a Standard one.
    pub fn express(mut self) -> Self {
        self.is_express = true;
        self
    }

    /// Sets the URL of the callback: one of those in the platform's settings. Defaults to the first
    /// of them.
    pub fn redirect_uri(self, url: impl Into<String>) -> Self {
        self.extra_param("redirect_uri", url)
    }

    /// Sets the permissions that the platform requests. Defaults to [`OAuthScope::ReadOnly`], by
    /// the server.
    pub fn scope(self, scope: OAuthScope) -> Self {
        let text = match scope {
            OAuthScope::ReadOnly => "read_only",
            OAuthScope::ReadWrite => "read_write",
        };
        self.extra_param("scope", text)
    }

    /// The first page for a user who is not signed in.
    pub fn landing_page(self, page: LandingPage) -> Self {
        let text = match page {
            LandingPage::Login => "login",
            LandingPage::Register => "register",
        };
        self.extra_param("stripe_landing", text)
    }

    /// Prompts users whose account is already connected, too.
    pub fn always_prompt(self) -> Self {
        self.extra_param("always_prompt", "true")
    }

    /// Requests a capability for an Express account, such as `transfers`.
    pub fn suggested_capability(mut self, capability: impl Into<String>) -> Self {
        let pair = ("suggested_capabilities[]".to_owned(), capability.into());
        self.params.push(pair);
        self
    }

    prefill! {
        /// The user's email address.
        email = "email";
        /// The address of the business's website.
        url = "url";
        /// The country as two letters, such as `US`.
        country = "country";
        /// The telephone number of the business.
        phone_number = "phone_number";
        /// The legal name of the business.
        business_name = "business_name";
        /// The type of the business, such as `sole_prop` or `corporation`.
        business_type = "business_type";
        /// The first name of the person who completes the form.
        first_name = "first_name";
        /// The last name of the person who completes the form.
        last_name = "last_name";
        /// The street address of the business.
        street_address = "street_address";
        /// The city of the business.
        city = "city";
        /// The state of the business's address.
        state_of_address = "state";
        /// The postal code of the business.
        zip = "zip";
        /// What the business sells.
        product_description = "product_description";
        /// The currency of the account, as three letters.
        currency = "currency";
    }

    /// The date of birth of the person who completes the form.
    pub fn date_of_birth(self, year: u16, month: u8, day: u8) -> Self {
        self.extra_param("stripe_user[dob_year]", year.to_string())
            .extra_param("stripe_user[dob_month]", month.to_string())
            .extra_param("stripe_user[dob_day]", day.to_string())
    }

    /// Sets whether the business sells physical goods.
    pub fn physical_product(self, is_physical: bool) -> Self {
        self.extra_param("stripe_user[physical_product]", is_physical.to_string())
    }

    /// Sets any other parameter, such as `stripe_user[first_name_kana]`, or replaces one.
    pub fn extra_param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.params.retain(|(known, _)| *known != name);
        self.params.push((name, value.into()));
        self
    }

    /// Generates a random state and returns it with the URL. Nothing is sent.
    ///
    /// # Errors
    /// If the API has no host for OAuth, or if a parameter was set that this method adds: `state`,
    /// `client_id` and `response_type`.
    pub fn build(self) -> Result<Authorization, Error> {
        let base = self.oauth.client.host_url(HOST);
        let base = base.ok_or_else(|| Error::build(format!("the API has no host {HOST:?}")))?;
        let own = ["state", "client_id", "response_type"];
        if let Some((name, _)) = self.params.iter().find(|(name, _)| own.contains(&&**name)) {
            let text = format!("the parameter {name} of an authorization cannot be set");
            return Err(Error::build(text));
        }
        let clock = self.oauth.clock();
        let state = format!("{:016x}{:016x}", clock.random(), clock.random());
        let path = if self.is_express {
            "/express/oauth/authorize"
        } else {
            "/oauth/authorize"
        };
        let mut url = format!("{base}{path}?response_type=code");
        let fixed = [("client_id", &self.oauth.client_id), ("state", &state)];
        let given = self.params.iter().map(|(name, value)| (&**name, value));
        for (name, value) in fixed.into_iter().chain(given) {
            url.push('&');
            url.extend(utf8_percent_encode(name, ESCAPED));
            url.push('=');
            url.extend(utf8_percent_encode(value, ESCAPED));
        }
        let state = Secret::from(state);
        Ok(Authorization { url, state })
    }
}

/// Shows the names of the parameters, but not their values, which are personal data.
impl fmt::Debug for AuthorizationBuilder<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.params.iter().map(|(name, _)| &**name).collect();
        out.debug_struct("AuthorizationBuilder")
            .field("is_express", &self.is_express)
            .field("params", &names)
            .finish_non_exhaustive()
    }
}
