//! Requests of lists: at a URL that the server sent, and what tells lists apart.
//!
//! In: a request, and perhaps the URL of a page. Out: the request of that page with the same
//! options, or what the list is known by in cursors.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::{PreparedRequest, RequestDefaults};
use crate::codec::EncodedParams;
use crate::operation::{AuthSpec, Method, PageStyle, split_path, split_url};

/// The parameters that do not tell lists apart of an operation that says nothing about pages.
const PAGE_OPTIONS: [&str; 6] = [
    "ending_before",
    "expand",
    "include",
    "limit",
    "page",
    "starting_after",
];

impl PreparedRequest {
    /// A request for a list at a URL of the server.
    pub(crate) fn for_list_url(defaults: &RequestDefaults, url: &str) -> Box<Self> {
        let mut prepared = Self::for_path(defaults, Method::Get, "/");
        prepared.request.template = "{list.url}";
        prepared.set_url(defaults, url);
        prepared
    }

    /// A request for a file at a URL of the server, which may be of any host of the API.
    pub(crate) fn for_file_url(defaults: &RequestDefaults, url: &str) -> Box<Self> {
        let mut prepared = Self::for_path(defaults, Method::Get, "/");
        prepared.request.template = "{file.url}";
        prepared.accept = "*/*";
        let mut hosts = defaults.hosts.iter().map(|host| host.key);
        match hosts.find(|key| split_host_url(defaults, key, url).is_some()) {
            Some(key) if !url.starts_with('/') => {
                prepared.host = Cow::Borrowed(key);
                prepared.set_url(defaults, url);
            }
            _ => prepared.set_build_error("the URL of the file is not one of this API".into()),
        }
        prepared
    }

    /// Continues at a URL of the server, with the same options and no parameters but those of the
    /// URL. Returns whether the URL belongs to the host; if not, the call will fail.
    ///
    /// The host is known by the URL that requests go to and by the one that the API states,
    /// which its servers use even behind a gateway. The request goes to the former in any case.
    /// A URL that is a query alone is one of the path of this request.
    pub(crate) fn set_url(&mut self, defaults: &RequestDefaults, url: &str) -> bool {
        let own = format!("{}{url}", self.path);
        let parts = match url.starts_with('?') {
            true => split_path(&own).ok(),
            false => split_host_url(defaults, &self.host, url),
        };
        let Some((path, query)) = parts else {
            self.set_build_error("the URL of the list is not one of this API".into());
            return false;
        };
        path.clone_into(&mut self.path);
        self.query.clear();
        self.params = EncodedParams::verbatim_query(query);
        true
    }

    /// A URL of the server without the credential, which some servers repeat in the URLs of pages.
    pub(crate) fn strip_credential(&self, url: &str) -> String {
        let Some((path, query)) = url.split_once('?') else {
            return url.to_owned();
        };
        let is_credential = |pair: &str| {
            let name = pair.split('=').next().unwrap_or_default();
            let name = percent_decode_str(name).decode_utf8_lossy();
            let schemes = self.security.iter().copied().flatten();
            let required = schemes.map(|required| &required.scheme.place);
            let mut places = self.auth.iter().chain(required);
            places.any(|place| matches!(place, AuthSpec::Query(own) if *own == name))
        };
        let pairs = query.split('&').filter(|pair| !is_credential(pair));
        let pairs: Vec<&str> = pairs.collect();
        format!("{path}?{}", pairs.join("&"))
    }

    /// The parameters that do not tell lists of this operation apart.
    fn page_options(&self) -> Vec<&'static str> {
        match self.pages.map(|pages| pages.style) {
            None | Some(PageStyle::ItemId) => PAGE_OPTIONS.to_vec(),
            Some(PageStyle::Cursor { parameter, .. } | PageStyle::Number { parameter, .. }) => {
                vec![parameter]
            }
            Some(PageStyle::Offset { parameter, limit }) => {
                limit.into_iter().chain([parameter]).collect()
            }
            Some(_) => Vec::new(),
        }
    }

    /// What a list is known by: its operation, and a hash of path, account and filters.
    pub(crate) fn list_identity(&self) -> (String, u64) {
        let options = self.page_options();
        let is_filter = |pair: &&str| {
            let key = pair.split(['=', '[', '%']).next().unwrap_or_default();
            !pair.is_empty() && !options.contains(&key)
        };
        let params = self.params.query();
        let pairs = self.query.split('&').chain(params.split('&'));
        let mut filters: Vec<&str> = pairs.filter(is_filter).collect();
        filters.sort_unstable();
        let scope = [self.account.as_deref(), self.context.as_deref()];
        let scope = scope.map(Option::unwrap_or_default);
        let facts = std::iter::once(self.path.as_str())
            .chain(scope)
            .chain(filters);
        let operation = match self.request.operation {
            "" => format!("{} {}", self.request.method, self.request.template),
            id => id.to_owned(),
        };
        (operation, stable_hash(facts))
    }
}

/// Path and query of a URL of a host, known by the URL that requests go to or by the one that the
/// API states. A path begins with that of the latter, which is the one that the server knows. If it
/// is not known, because the API states none or one with variables, it is the path of the former.
fn split_host_url<'u>(
    defaults: &RequestDefaults,
    host: &str,
    url: &'u str,
) -> Option<(&'u str, &'u str)> {
    let mut hosts = defaults.api.hosts.iter();
    let stated = hosts.find(|(key, _)| *key == host).map(|(_, url)| *url);
    let own = defaults.host_url(host);
    let known = stated.filter(|url| !url.is_empty() && !url.contains('{'));
    let below = known.or(own).and_then(|base| below_base_path(base, url));
    let url = below.unwrap_or(url);
    let mut bases = own.into_iter().chain(stated);
    bases.find_map(|base| split_url(url, base))
}

/// What follows the path of a host's URL in a path, which is then one below the host: `/pets` of
/// `/api/pets` for `https://example.com/api`.
fn below_base_path<'u>(base: &str, url: &'u str) -> Option<&'u str> {
    let (_, base) = base.split_once("://")?;
    let (_, path) = base.split_once('/')?;
    let rest = url.strip_prefix('/')?.strip_prefix(path)?;
    (!path.is_empty() && rest.starts_with('/')).then_some(rest)
}

/// The 64-bit FNV-1a hash of texts. It is stored, so it must not depend on the version of Rust.
fn stable_hash<'t>(texts: impl Iterator<Item = &'t str>) -> u64 {
    let bytes = texts.flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}
