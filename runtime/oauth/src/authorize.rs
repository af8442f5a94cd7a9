//! The address to send a user to.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{HOST, OAuth};
use runtime::error::Error;
use wire::secret::Secret;

/// What is escaped in a query: all but the unreserved characters of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What a platform may do with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// Read only.
    ReadOnly,
    /// Read and write.
    ReadWrite,
}

/// Which page a user who is not signed in sees first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Landing {
    /// The one for signing in.
    Login,
    /// The one for opening an account.
    Register,
}

/// An authorization that has begun. `Debug` shows neither the state nor the address, which
/// holds it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Authorization {
    /// Where to send the user.
    pub url: String,
    /// What the user has to come back with. Keep it in the user's session, and use it once.
    pub state: Secret,
}

impl fmt::Debug for Authorization {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Authorization").finish_non_exhaustive()
    }
}

/// Describes the address to send a user to. What is known about the user is filled into the
/// forms in advance; all of it is optional.
///
/// See <https://docs.stripe.com/connect/oauth-reference> for what the parameters mean.
#[must_use = "call `build` to get the address"]
#[derive(Clone)]
pub struct Authorize<'a> {
    oauth: &'a OAuth,
    is_express: bool,
    params: Vec<(String, String)>,
}

macro_rules! prefill {
    ($($(#[$doc:meta])* $method:ident = $name:literal;)*) => {$(
        $(#[$doc])*
        pub fn $method(self, value: impl Into<String>) -> Self {
            self.extra(concat!("stripe_user[", $name, "]"), value)
        }
    )*};
}

impl<'a> Authorize<'a> {
    pub(super) fn new(oauth: &'a OAuth) -> Self {
        Self {
            oauth,
            is_express: false,
            params: Vec::new(),
        }
    }

    /// Asks for an Express account instead of a Standard one.
    pub fn express(mut self) -> Self {
        self.is_express = true;
        self
    }

    /// Where the user comes back to: one of the addresses in the platform's settings, or the
    /// first of them if this is left out.
    pub fn redirect_uri(self, address: impl Into<String>) -> Self {
        self.extra("redirect_uri", address)
    }

    /// What the platform wants to do. The server's default is reading only.
    pub fn scope(self, scope: Scope) -> Self {
        let text = match scope {
            Scope::ReadOnly => "read_only",
            Scope::ReadWrite => "read_write",
        };
        self.extra("scope", text)
    }

    /// The page that comes first.
    pub fn landing(self, page: Landing) -> Self {
        let text = match page {
            Landing::Login => "login",
            Landing::Register => "register",
        };
        self.extra("stripe_landing", text)
    }

    /// Asks users who are connected already, too.
    pub fn always_prompt(self) -> Self {
        self.extra("always_prompt", "true")
    }

    /// Adds a capability that an Express account is to have, such as `transfers`.
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
        /// The first name of who fills the form in.
        first_name = "first_name";
        /// The last name of who fills the form in.
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

    /// The date of birth of who fills the form in.
    pub fn date_of_birth(self, year: u16, month: u8, day: u8) -> Self {
        self.extra("stripe_user[dob_year]", year.to_string())
            .extra("stripe_user[dob_month]", month.to_string())
            .extra("stripe_user[dob_day]", day.to_string())
    }

    /// Whether the business sells physical goods.
    pub fn physical_product(self, is_physical: bool) -> Self {
        self.extra("stripe_user[physical_product]", is_physical.to_string())
    }

    /// Sets any other parameter, such as `stripe_user[first_name_kana]`, or one again.
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.params.retain(|(known, _)| *known != name);
        self.params.push((name, value.into()));
        self
    }

    /// Draws a state and makes the address. Nothing is sent.
    ///
    /// # Errors
    /// If the API has no host for OAuth, or a parameter was set that is made here: `state`,
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

/// Shows which parameters there are, and none of their values, which are personal data.
impl fmt::Debug for Authorize<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.params.iter().map(|(name, _)| &**name).collect();
        out.debug_struct("Authorize")
            .field("is_express", &self.is_express)
            .field("params", &names)
            .finish_non_exhaustive()
    }
}
