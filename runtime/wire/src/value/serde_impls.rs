//! `Serialize` and `Deserialize` for the value types.
//!
//! `FileUpload` has none, since it is not sent as JSON.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    Clearable, DateTime, Decimal, Expandable, Id, KeywordOr, List, Map, MaybeDeleted, Range,
    RawJson, SearchList, Timestamp, TokenOr, UrlList,
};
use crate::codec::{Encode, OpenEnum, Place, bridge_deserialize, bridge_serialize};

/// Each type with its parameters and their bounds for serializing and for deserializing.
macro_rules! bridged {
    ($([$($of:ident: ($($writes:path),*) ($($reads:path),*)),*] $name:ty;)*) => { $(
        impl<$($of $(: $writes)*),*> Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                bridge_serialize(self, serializer)
            }
        }

        impl<'de, $($of: Default $(+ $reads)*),*> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                bridge_deserialize(deserializer)
            }
        }
    )* };
}

crate::impl_serde!(DateTime, Decimal, RawJson, Timestamp);
bridged! {
    [T: (Encode) (Place)] Clearable<T>;
    [T: (Encode) (Place)] List<T>;
    [T: (Encode) (Place)] Map<T>;
    [T: (Encode) (Place)] Range<T>;
    [T: (Encode) (Place)] SearchList<T>;
    [T: (Encode) (Place)] TokenOr<T>;
    [T: (Encode) (Place)] UrlList<T>;
    [T: (Encode) (Place), G: (Encode) (Place)] MaybeDeleted<T, G>;
    [K: (Encode) (Place, OpenEnum), T: (Encode) (Place)] KeywordOr<K, T>;
}

/// Types whose parameter is only a marker.
macro_rules! bridged_references {
    ($($name:ident),*) => { $(
        impl<T> Serialize for $name<T> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                bridge_serialize(self, serializer)
            }
        }

        impl<'de, T> Deserialize<'de> for $name<T> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                bridge_deserialize(deserializer)
            }
        }
    )* };
}
bridged_references!(Expandable, Id);
