//! The types that generated code is made of, beside its own records and enums.

pub use crate::binary::Binary;
pub use wire::value::{
    Clearable, DateTime, Decimal, Expandable, FileUpload, Id, IntoIter, Iter, KeywordOr, List, Map,
    MaybeDeleted, Metadata, ParseDateTimeError, ParseDecimalError, Range, RawJson, SearchList,
    Timestamp, TokenOr, UrlList,
};
