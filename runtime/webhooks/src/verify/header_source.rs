//! The types in which a signature header is found.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};

/// A source of the signature header: the headers of a request, the header's value, or its text.
///
/// All of these are sources, as are references to them and options of them:
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
    /// The text of the header. `name` is its name, for sources with several headers. Invalid
    /// UTF-8 may be replaced, since no valid header has any.
    fn signature_text(&self, name: &HeaderName) -> Option<Cow<'_, str>>;
}

impl SignatureHeader for str {
    fn signature_text(&self, _: &HeaderName) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

impl SignatureHeader for String {
    fn signature_text(&self, _: &HeaderName) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

impl SignatureHeader for [u8] {
    fn signature_text(&self, _: &HeaderName) -> Option<Cow<'_, str>> {
        Some(String::from_utf8_lossy(self))
    }
}

impl SignatureHeader for HeaderValue {
    fn signature_text(&self, _: &HeaderName) -> Option<Cow<'_, str>> {
        Some(String::from_utf8_lossy(self.as_bytes()))
    }
}

/// Repeated headers are joined by commas, as RFC 9110 (5.3) allows.
impl SignatureHeader for HeaderMap {
    fn signature_text(&self, name: &HeaderName) -> Option<Cow<'_, str>> {
        let mut values = self.get_all(name).iter();
        let first = values.next()?.signature_text(name)?;
        Some(values.fold(first, |joined, value| {
            let value = String::from_utf8_lossy(value.as_bytes());
            Cow::Owned(format!("{joined},{value}"))
        }))
    }
}

impl<T: SignatureHeader + ?Sized> SignatureHeader for &T {
    fn signature_text(&self, name: &HeaderName) -> Option<Cow<'_, str>> {
        (**self).signature_text(name)
    }
}

impl<T: SignatureHeader> SignatureHeader for Option<T> {
    fn signature_text(&self, name: &HeaderName) -> Option<Cow<'_, str>> {
        self.as_ref()?.signature_text(name)
    }
}
