//! What a signature header may be found in.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};

/// Where the signature of a request may be found: its headers, the header's value, or its text.
///
/// All of these work, as do references to them and options of them:
///
/// ```
/// # use webhooks::{Verifier, WebhookError};
/// use runtime::http_types::{HeaderMap, HeaderValue};
///
/// # fn example(verifier: &Verifier, headers: &HeaderMap, body: &[u8]) -> Result<(), WebhookError> {
/// verifier.verify(headers, body)?;
/// verifier.verify(headers.get("stripe-signature"), body)?;
/// verifier.verify("t=1769599800,v1=…", body)?;
/// # Ok(())
/// # }
/// ```
pub trait SignatureHeader {
    /// The text of the header. `name` is for what holds many headers. Characters that are not
    /// UTF-8 may be replaced, since no valid header has any.
    fn signature(&self, name: &HeaderName) -> Option<Cow<'_, str>>;
}

impl SignatureHeader for str {
    fn signature(&self, _: &HeaderName) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

impl SignatureHeader for String {
    fn signature(&self, _: &HeaderName) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

impl SignatureHeader for [u8] {
    fn signature(&self, _: &HeaderName) -> Option<Cow<'_, str>> {
        Some(String::from_utf8_lossy(self))
    }
}

impl SignatureHeader for HeaderValue {
    fn signature(&self, _: &HeaderName) -> Option<Cow<'_, str>> {
        Some(String::from_utf8_lossy(self.as_bytes()))
    }
}

/// A header that is there several times is joined by commas, as RFC 9110 (5.3) allows for.
impl SignatureHeader for HeaderMap {
    fn signature(&self, name: &HeaderName) -> Option<Cow<'_, str>> {
        let mut values = self.get_all(name).iter();
        let first = values.next()?.signature(name)?;
        Some(values.fold(first, |joined, value| {
            let value = String::from_utf8_lossy(value.as_bytes());
            Cow::Owned(format!("{joined},{value}"))
        }))
    }
}

impl<T: SignatureHeader + ?Sized> SignatureHeader for &T {
    fn signature(&self, name: &HeaderName) -> Option<Cow<'_, str>> {
        (**self).signature(name)
    }
}

impl<T: SignatureHeader> SignatureHeader for Option<T> {
    fn signature(&self, name: &HeaderName) -> Option<Cow<'_, str>> {
        self.as_ref()?.signature(name)
    }
}
