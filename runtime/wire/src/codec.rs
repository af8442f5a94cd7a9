//! The wire format: decoding JSON responses and encoding requests.
//!
//! In: JSON text of the server, or values that implement [`Encode`]. Out: values that implement
//! [`Place`], or a form, a JSON text or a multipart body. Decoded text conforms to RFC 8259, and
//! encoded text to the standard of its own format.
//!
//! The value types in [`crate::value`] are built on this module, which does not depend on them.
//! Generic functions are kept short, since each generated type gets a copy of them: the loops work
//! on `&mut dyn Place` and `&dyn Encode`.

pub use crate::decode::{
    Correction, CorrectionCause, DecodeError, DecodeErrorKind, DecodePolicy, Expected, Extra,
    JsonKind, MAX_DEPTH, ObjectTags, Place, Reader, Record, RecordShape, ResponseMismatch, decode,
    decode_boxed, decode_response, decode_value, decode_with,
};
pub use crate::encode::{
    Encode, NonFiniteError, Writer, check_numbers, encode_form, encode_json, write_json_text,
    write_record, write_record_with_text, write_response,
};
pub use crate::file_upload::{FileUpload, UploadError};
pub use crate::multipart::{MultipartError, encode_multipart};
pub use crate::open_enum::OpenEnum;
pub use crate::params::Body;
pub use crate::upload::{UploadBody, UploadReader};

// For the crate `runtime`.
#[doc(hidden)]
pub use crate::params::EncodedParams;

// For the macros.
#[doc(hidden)]
pub use crate::macros::{redacted, set_if_some};
#[doc(hidden)]
pub use crate::open_enum::{
    debug_open_enum, decode_open_enum, hash_open_enum, is_known, value_of, variant_name,
};
#[cfg(feature = "serde")]
#[doc(hidden)]
pub use crate::serde_bridge::{bridge_deserialize, bridge_serialize, serde};
