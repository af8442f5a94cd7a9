//! The client: what all calls of a program share.
//!
//! In: an [`ApiSpec`], credentials and settings, through [`ClientBuilder`]. Out: a [`Client`],
//! from which [`Call`]s are made. A client is cheap to clone, and clones share connections and
//! policies. It deliberately has no settings that change after it is built.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use crate::call::{Call, Draft};
use crate::execute::Engine;
use crate::operation::{Method, Operation, Output};
use crate::value::RawJson;

mod builder;
#[cfg(test)]
mod tests;

pub use builder::ClientBuilder;

/// The constants of an API, stated by generated code.
///
/// ```
/// use runtime::client::ApiSpec;
///
/// static API: ApiSpec = ApiSpec {
///     title: "Example API",
///     version: "2026-01-28",
///     hosts: &[("api", "https://api.example.com")],
///     version_header: Some("Example-Version"),
///     account_header: None,
///     context_header: None,
///     key_variable: "EXAMPLE_KEY",
///     user_agent: "example-rust/0.1",
/// };
/// # let _ = &API;
/// ```
#[derive(Clone, Debug)]
pub struct ApiSpec {
    /// The title of the API's document.
    pub title: &'static str,
    /// The version of the API that the types were generated from.
    pub version: &'static str,
    /// The hosts by key, each with its URL. Operations name the key.
    pub hosts: &'static [(&'static str, &'static str)],
    /// The header that asks for an API version.
    pub version_header: Option<&'static str>,
    /// The header that names the account to act for.
    pub account_header: Option<&'static str>,
    /// The header that names the context to act in.
    pub context_header: Option<&'static str>,
    /// The environment variable that holds the API key.
    pub key_variable: &'static str,
    /// The `User-Agent` of the generated crate.
    pub user_agent: &'static str,
}

/// A client of one API with one set of credentials.
///
/// Generated crates wrap it and add a method per service. `Debug` shows no secrets.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
}

/// What the clones of a client share.
pub(crate) struct Shared {
    pub(crate) api: &'static ApiSpec,
    pub(crate) hosts: Vec<(&'static str, String)>,
    pub(crate) account: Option<String>,
    pub(crate) context: Option<String>,
    pub(crate) api_version: Option<String>,
    pub(crate) timeout: Duration,
    pub(crate) max_retries: u32,
    pub(crate) max_response_bytes: usize,
    pub(crate) user_agent: HeaderValue,
    pub(crate) engine: Engine,
}

impl Client {
    /// Starts to describe a client of an API.
    pub fn builder(api: &'static ApiSpec) -> ClientBuilder {
        ClientBuilder::new(api)
    }

    /// A call of an operation. Generated methods are one line around it.
    ///
    /// Nothing is sent until the call is awaited, and nothing fails before that either: a
    /// wrong path argument is reported by the awaited call.
    #[inline]
    pub fn request<O: Operation>(&self, path: &[&str], params: &O::Params) -> Call<O::Output> {
        Call::new(Draft::operation(
            self,
            O::SPEC,
            path,
            params,
            O::Output::ACCEPT,
        ))
    }

    /// A call of something that the generated crate does not know.
    ///
    /// The path is sent as it is, so escape what you put into it. A path that begins with
    /// `/v2` sends its parameters as JSON, any other as a form.
    ///
    /// ```
    /// # use runtime::client::Client;
    /// # use runtime::error::Error;
    /// use runtime::operation::Method;
    ///
    /// # async fn example(client: Client) -> Result<(), Error> {
    /// let answer = client
    ///     .raw(Method::Post, "/v1/previews/pre_1/activate")
    ///     .param("features[beta]", &true)
    ///     .await?;
    /// println!("{}", answer.as_str());
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw(&self, method: Method, path: &str) -> Call<RawJson> {
        Call::new(Draft::raw(self, method, path))
    }

    /// The constants of the API.
    pub fn api(&self) -> &'static ApiSpec {
        self.shared.api
    }

    /// The URL of a host, without a slash at its end.
    pub(crate) fn host_url(&self, host: &str) -> Option<&str> {
        let known = self.shared.hosts.iter().find(|(key, _)| *key == host);
        known.map(|(_, url)| url.as_str())
    }
}

impl AsRef<Client> for Client {
    fn as_ref(&self) -> &Client {
        self
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = &*self.shared;
        out.debug_struct("Client")
            .field("api", &shared.api.title)
            .field("hosts", &shared.hosts)
            .field("account", &shared.account)
            .field("context", &shared.context)
            .field("api_version", &shared.api_version)
            .field("timeout", &shared.timeout)
            .field("max_retries", &shared.max_retries)
            .finish_non_exhaustive()
    }
}
