//! Between values and bytes: what reads JSON answers and what writes requests.
//!
//! In: JSON text of the server, or values that implement [`Encode`]. Out: values
//! that implement [`Place`], or a form, a JSON text or a multipart body.
//! Afterwards every value that was decoded came from text that obeys RFC 8259, and
//! every text that was encoded obeys its own format.
//!
//! This layer knows no value type of the API and no transport; [`crate::value`]
//! stands on it. What is generic here is kept tiny, since each generated type
//! makes a copy of it: the loops work on `&mut dyn Place` and `&dyn Encode`.

mod declare;
mod decode;
mod encode;
mod file_upload;
mod multipart;
mod open_enum;
#[cfg(feature = "serde")]
mod serde_bridge;

#[doc(hidden)]
pub use declare::redacted;
pub use decode::{
    DecodeError, DecodeErrorKind, Kind, MAX_DEPTH, Place, Reader, Record, Shape, Tags, boxed,
    decode, value,
};
pub use encode::{Encode, Writer, encode_form, encode_json, record, replay};
pub use file_upload::FileUpload;
pub use multipart::{MultipartError, encode_multipart};
pub use open_enum::OpenEnum;

#[doc(hidden)]
pub use open_enum::{known, name};
#[cfg(feature = "serde")]
#[doc(hidden)]
pub use serde_bridge::{bridge_deserialize, bridge_serialize, serde};
