//! The types that generated code is made of, beside its own records and enums.

pub use crate::binary::Binary;
pub use wire::value::{
    Clearable, DateTime, Decimal, Expandable, FileUpload, Id, KeywordOr, List, Map, MapIntoIter,
    MapIter, MaybeDeleted, Metadata, ParseDateTimeError, ParseDecimalError, Range, RawJson,
    SearchList, Timestamp, TokenOr, UrlList,
};
