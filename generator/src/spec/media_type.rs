//! Media types as text.

/// A media type without its parameters, in small letters.
pub fn plain_media_type(media_type: &str) -> String {
    let plain = media_type.split(';').next().unwrap_or(media_type);
    plain.trim().to_ascii_lowercase()
}

/// Whether a media type, which may have parameters, is JSON.
pub fn is_json_media_type(media_type: &str) -> bool {
    let plain = plain_media_type(media_type);
    plain == "application/json" || plain.ends_with("+json")
}
