//! What can be set as a value of a map.

use std::borrow::Cow;

use super::{Clearable, Decimal, Id, Timestamp, TokenOr};

/// What can be set as a value of a [`Map<T>`](super::Map): a `T`, and for
/// [`Metadata`](super::Metadata) also numbers, booleans and ids, which are written as text.
///
/// It exists besides `Into` because the standard library does not convert numbers into `String`.
///
/// ```
/// use wire::value::Metadata;
///
/// let metadata: Metadata = [("quantity", 3), ("year", 2026)].into_iter().collect();
/// assert_eq!(metadata, Metadata::from([("quantity", "3"), ("year", "2026")]));
/// ```
pub trait IntoMapValue<T> {
    /// The value.
    fn into_map_value(self) -> T;
}

impl<T> IntoMapValue<T> for T {
    fn into_map_value(self) -> T {
        self
    }
}

impl<T> IntoMapValue<Clearable<T>> for T {
    fn into_map_value(self) -> Clearable<T> {
        Clearable::Set(self)
    }
}

/// Values that are converted with `Into`.
macro_rules! converted {
    ($([$($of:ident)?] $value:ty => $target:ty;)*) => { $(
        impl<$($of)?> IntoMapValue<$target> for $value {
            fn into_map_value(self) -> $target {
                self.into()
            }
        }
    )* };
}
converted! {
    [] &str => String;
    [] &String => String;
    [] Cow<'_, str> => String;
    [] Box<str> => String;
    [] char => String;
    [T] Id<T> => String;
    [T] &Id<T> => String;
    [] &str => Clearable<String>;
    [] i64 => Timestamp;
    [T] &str => TokenOr<T>;
    [T] String => TokenOr<T>;
}

/// Values that are written as text. A float is written as Rust writes it, so that NaN is `NaN`.
macro_rules! written {
    ($($value:ty),*) => { $(
        impl IntoMapValue<String> for $value {
            fn into_map_value(self) -> String {
                self.to_string()
            }
        }
    )* };
}
written!(
    bool, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, f32, f64, Decimal,
    &Decimal, Timestamp
);

impl From<&str> for Clearable<String> {
    fn from(text: &str) -> Self {
        Self::Set(text.to_owned())
    }
}
