//! Ids and timestamps as columns of databases: text, and the seconds as a 64-bit integer.

use sqlx_core::database::Database;
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;

use super::{Id, Timestamp};

/// Each type with its parameters, the type that is stored, and how it is reached.
macro_rules! stored_as {
    ($([$($of:ident)?] $name:ty: $stored:ty, |$value:ident| $inner:expr;)*) => { $(
        impl<$($of,)? DB: Database> Type<DB> for $name
        where
            $stored: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <$stored as Type<DB>>::type_info()
            }

            fn compatible(ty: &DB::TypeInfo) -> bool {
                <$stored as Type<DB>>::compatible(ty)
            }
        }

        impl<'q, $($of,)? DB: Database> Encode<'q, DB> for $name
        where
            $stored: Encode<'q, DB>,
        {
            fn encode_by_ref(&self, buf: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                let $value = self;
                <$stored as Encode<'q, DB>>::encode_by_ref(&$inner, buf)
            }
        }

        impl<'r, $($of,)? DB: Database> Decode<'r, DB> for $name
        where
            $stored: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                <$stored as Decode<'r, DB>>::decode(value).map(Self::from)
            }
        }
    )* };
}
stored_as! {
    [T] Id<T>: String, |id| id.text;
    [] Timestamp: i64, |timestamp| timestamp.0;
}
