//! The types of fields that generated records and enums use.
//!
//! Each implements decoding and encoding; none depends on a resource of the API. Text from the
//! server is kept unchanged and checked only when a method interprets it, so that an unexpected
//! value of one field does not fail the whole response.

mod clearable;
mod date_time;
mod decimal;
mod expandable;
mod id;
mod keyword_or;
mod list;
mod map;
mod maybe_deleted;
mod range;
mod raw_json;
mod timestamp;
mod token_or;

pub use clearable::Clearable;
pub use date_time::{DateTime, ParseDateTimeError};
pub use decimal::{Decimal, ParseDecimalError};
pub use expandable::Expandable;
pub use id::Id;
pub use keyword_or::KeywordOr;
pub use list::{List, SearchList, UrlList};
pub use map::{Map, MapIntoIter, MapIter, Metadata};
pub use maybe_deleted::MaybeDeleted;
pub use range::Range;
pub use raw_json::RawJson;
pub use timestamp::Timestamp;
pub use token_or::TokenOr;

pub use crate::codec::FileUpload;

#[cfg(feature = "serde")]
mod serde_impls;

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macros are made for public types")]
mod tests;
