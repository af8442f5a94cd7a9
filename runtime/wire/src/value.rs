//! The types that generated code is made of, beside its own records and enums.
//!
//! Each knows how it is decoded and encoded; none knows a resource of the API.
//! Texts of the server are kept as they came: what a type adds is checked when it
//! is asked for, so that an odd value of one field never loses a whole answer.

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
