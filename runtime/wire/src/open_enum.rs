//! Open enums: named values and a variant for all others, so that new values do not break decoding
//! and are sent back unchanged.
//!
//! The generator writes the enum and one short trait implementation; everything else comes from
//! [`open_enums!`](crate::open_enums) and is a look-up in the table of values, so that no type has
//! a `match` over its names.

use std::mem::discriminant;

/// An enum of named strings with a variant for unknown ones.
///
/// ```
/// use wire::codec::OpenEnum;
///
/// #[derive(Clone, Debug, PartialEq, Eq, Hash)]
/// #[non_exhaustive]
/// pub enum Brand { Amex, Visa, Unknown(String) }
///
/// impl OpenEnum for Brand {
///     const VALUES: &'static [(&'static str, Self)] = &[("amex", Self::Amex), ("visa", Self::Visa)];
///     fn unknown(value: String) -> Self { Self::Unknown(value) }
///     fn as_unknown(&self) -> Option<&str> {
///         match self { Self::Unknown(value) => Some(value), _ => None }
///     }
/// }
/// wire::open_enums!(Brand);
///
/// assert_eq!(Brand::from("visa"), Brand::Visa);
/// assert_eq!(Brand::from("newpay").as_str(), "newpay");
/// assert!(!Brand::from("newpay").is_known());
/// ```
pub trait OpenEnum: Clone + 'static {
    /// The known values by their wire names, sorted by name.
    const VALUES: &'static [(&'static str, Self)];

    /// The variant for a name that is not among the values.
    fn unknown(value: String) -> Self;

    /// The name, if this is the variant for unknown names.
    fn as_unknown(&self) -> Option<&str>;
}

/// The known value of that name.
#[doc(hidden)]
pub fn known_value<E: OpenEnum>(name: &str) -> Option<E> {
    let at = E::VALUES
        .binary_search_by(|(value, _)| (*value).cmp(name))
        .ok()?;
    E::VALUES.get(at).map(|(_, value)| value.clone())
}

/// The wire name of a value.
#[doc(hidden)]
pub fn variant_name<E: OpenEnum>(value: &E) -> &str {
    match value.as_unknown() {
        Some(name) => name,
        None => E::VALUES
            .iter()
            .find(|(_, known)| discriminant(known) == discriminant(value))
            .map_or("", |(name, _)| name),
    }
}

/// Implements everything that an [`OpenEnum`](crate::codec::OpenEnum) needs beside
/// that trait: `Place`, `Encode`, `Default` (an unknown empty name), `Display`,
/// `From<&str>`, `From<String>`, `AsRef<str>`, `as_str` and `is_known`.
#[macro_export]
macro_rules! open_enums {
    ($($name:ident),* $(,)?) => { $(
        impl $name {
            /// The wire name of this value.
            #[inline]
            pub fn as_str(&self) -> &str {
                $crate::codec::variant_name(self)
            }

            /// Whether this value was documented when this crate was generated.
            #[inline]
            pub fn is_known(&self) -> bool {
                $crate::codec::OpenEnum::as_unknown(self).is_none()
            }
        }

        impl ::core::default::Default for $name {
            #[inline]
            fn default() -> Self {
                <Self as $crate::codec::OpenEnum>::unknown(::std::string::String::new())
            }
        }

        impl ::core::convert::From<&str> for $name {
            #[inline]
            fn from(name: &str) -> Self {
                match $crate::codec::known_value(name) {
                    ::core::option::Option::Some(value) => value,
                    ::core::option::Option::None => {
                        <Self as $crate::codec::OpenEnum>::unknown(::std::string::String::from(name))
                    }
                }
            }
        }

        impl ::core::convert::From<::std::string::String> for $name {
            #[inline]
            fn from(name: ::std::string::String) -> Self {
                Self::from(name.as_str())
            }
        }

        impl $crate::codec::Place for $name {
            #[inline]
            fn decode(
                &mut self,
                reader: &mut $crate::codec::Reader<'_>,
            ) -> ::core::result::Result<(), $crate::codec::DecodeError> {
                *self = Self::from(&*reader.string()?);
                ::core::result::Result::Ok(())
            }
        }
        $crate::text_impls!($name);
    )* };
}

/// Implements what a generated newtype over `String` needs: `Place`, `Encode`,
/// `Display`, `From<&str>`, `From<String>`, `AsRef<str>` and `as_str`.
///
/// ```
/// #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
/// pub struct Timezone(pub(crate) String);
/// wire::string_newtypes!(Timezone);
///
/// assert_eq!(Timezone::from("Europe/Berlin").as_str(), "Europe/Berlin");
/// ```
#[macro_export]
macro_rules! string_newtypes {
    ($($name:ident),* $(,)?) => { $(
        impl $name {
            /// The text itself.
            #[inline]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::core::convert::From<&str> for $name {
            #[inline]
            fn from(text: &str) -> Self {
                Self(::std::string::String::from(text))
            }
        }

        impl ::core::convert::From<::std::string::String> for $name {
            #[inline]
            fn from(text: ::std::string::String) -> Self {
                Self(text)
            }
        }

        impl $crate::codec::Place for $name {
            #[inline]
            fn decode(
                &mut self,
                reader: &mut $crate::codec::Reader<'_>,
            ) -> ::core::result::Result<(), $crate::codec::DecodeError> {
                $crate::codec::Place::decode(&mut self.0, reader)
            }
        }
        $crate::text_impls!($name);
    )* };
}

/// Implements what every type over a string has besides `as_str` and `From`.
#[doc(hidden)]
#[macro_export]
macro_rules! text_impls {
    ($name:ident) => {
        impl ::core::convert::AsRef<str> for $name {
            #[inline]
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::core::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::codec::Encode for $name {
            #[inline]
            fn encode(&self, out: &mut dyn $crate::codec::Writer) {
                out.string(self.as_str());
            }
        }
    };
}

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macros are made for public types")]
mod tests;
