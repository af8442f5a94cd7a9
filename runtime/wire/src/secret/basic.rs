//! Credentials of HTTP's Basic authentication (RFC 7617).

/// The digits of Base64 (RFC 4648).
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The scheme, before the credentials.
const SCHEME: &[u8] = b"Basic ";

/// The value of the `Authorization` header for `user:password`.
///
/// The text is allocated once, so that its owner can zero all of it.
pub fn encode_basic(credentials: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(SCHEME.len() + credentials.len().div_ceil(3) * 4);
    text.extend_from_slice(SCHEME);
    for chunk in credentials.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (position, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = DIGITS[(bits >> shift) as usize & 63];
            text.push(if position <= chunk.len() { digit } else { b'=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::encode_basic;

    /// The examples of RFC 4648 and RFC 7617.
    #[test]
    fn credentials_are_in_base64() {
        for (text, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
            ("Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("test:123\u{a3}", "dGVzdDoxMjPCow=="),
        ] {
            let value = encode_basic(text.as_bytes());
            assert_eq!(value, format!("Basic {encoded}").as_bytes());
            assert_eq!(value.capacity(), value.len());
        }
    }
}
