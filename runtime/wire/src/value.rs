//! The types of fields that generated records and enums use.
//!
//! Each implements decoding and encoding; none depends on a resource of the API. Text from the
//! server is kept unchanged and checked only when a method interprets it, so that an unexpected
//! value of one field does not fail the whole response.

mod as_id;
mod clearable;
mod currency;
mod date_time;
mod decimal;
mod expandable;
mod id;
mod keyword_or;
mod list;
mod map;
mod map_value;
mod maybe_deleted;
mod range;
mod raw_json;
mod timestamp;
mod token_or;

pub use as_id::AsId;
pub use clearable::Clearable;
pub use currency::{MinorUnits, MinorUnitsError};
pub use date_time::{DateTime, ParseDateTimeError};
pub use decimal::{Decimal, ParseDecimalError};
pub use expandable::Expandable;
pub use id::Id;
pub use keyword_or::KeywordOr;
pub use list::{List, SearchList, UrlList};
pub use map::{Map, MapIntoIter, MapIter, Metadata};
pub use map_value::IntoMapValue;
pub use maybe_deleted::{Identified, MaybeDeleted};
pub use range::Range;
pub use raw_json::RawJson;
pub use timestamp::Timestamp;
#[cfg(any(feature = "chrono", feature = "jiff"))]
pub use timestamp::TimestampRangeError;
pub use token_or::TokenOr;

pub use crate::codec::{Correction, CorrectionCause, Extra, FileUpload, UploadError};

#[cfg(feature = "serde")]
mod serde_impls;

#[cfg(feature = "chrono")]
mod chrono_conversions;
#[cfg(feature = "jiff")]
mod jiff_conversions;
#[cfg(feature = "rust_decimal")]
mod rust_decimal_conversions;
#[cfg(feature = "sqlx")]
mod sqlx_columns;

#[cfg(test)]
mod conversion_tests;
#[cfg(test)]
#[expect(unreachable_pub, reason = "the macros are made for public types")]
mod tests;
