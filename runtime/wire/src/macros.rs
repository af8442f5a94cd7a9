//! The macros with which generated code describes its types.
//!
//! In: the names of a type's fields or variants. Out: the trait impls, which are the same for every
//! type, so that generated files contain only what differs.

/// What `Debug` shows instead of a hidden value. The argument exists so that the compiler counts
/// the field as used; it is not read.
#[doc(hidden)]
pub fn redacted<T: ?Sized>(_: &T) -> core::fmt::Arguments<'static> {
    format_args!("[redacted]")
}

/// Describes an object of responses: how it is decoded and, with the feature `serde` of the crate
/// that declares it, how it is written back.
///
/// The name is followed by the bits of the required fields (64 to a word), the constants that the
/// type implies, and the numbered fields in their order. A wire name that differs from the field's
/// name follows after `=`. If integers are written as text in some fields, `text` and the bits of
/// those fields follow the required ones.
///
/// ```
/// use wire::codec::decode;
///
/// #[derive(Clone, Debug, Default)]
/// pub struct Card {
///     pub brand: String,
///     pub type_: Option<String>,
/// }
/// wire::record!(Card [0x1] { "object" = "card" } 0 brand; type_ = "type");
///
/// let card: Card = decode(br#"{"object": "card", "brand": "visa", "new": true}"#)?;
/// assert_eq!((card.brand.as_str(), card.type_), ("visa", None));
/// assert!(decode::<Card>(br#"{"type": "credit"}"#).is_err());
///
/// #[derive(Clone, Debug, Default)]
/// pub struct Row {
///     pub index: i64,
///     pub size: i64,
/// }
/// wire::record!(Row [0x3] text [0x2] {} 0 index; size);
///
/// let row: Row = decode(br#"{"index": 1, "size": "9007199254740993"}"#)?;
/// assert_eq!((row.index, row.size), (1, 9_007_199_254_740_993));
/// # Ok::<(), wire::codec::DecodeError>(())
/// ```
#[macro_export]
macro_rules! record {
    ($name:ident { $($tag:literal = $value:literal),* }) => {
        impl $crate::codec::Place for $name {
            #[inline]
            fn decode(
                &mut self,
                reader: &mut $crate::codec::Reader<'_>,
            ) -> ::core::result::Result<(), $crate::codec::DecodeError> {
                reader.object(&mut |reader, _| reader.raw().map(drop))
            }
        }

        #[cfg(feature = "serde")]
        impl $crate::codec::Encode for $name {
            fn encode(&self, out: &mut dyn $crate::codec::Writer) {
                $crate::codec::write_record(out, &[$(($tag, &$value)),*]);
            }
        }
    };
    (
        $name:ident [$($required:literal),*] $(text [$($text:literal),*])?
        { $($tag:literal = $value:literal),* }
        $($index:literal $field:ident $(= $wire:literal)?),*;
        $last:ident $(= $last_wire:literal)?
    ) => {
        impl $crate::codec::Record for $name {
            #[inline]
            fn shape(&self) -> &'static $crate::codec::RecordShape {
                const SHAPE: $crate::codec::RecordShape = $crate::codec::RecordShape::new(
                    ::core::stringify!($name),
                    &[
                        $($crate::wire_name!($field $(= $wire)?),)*
                        $crate::wire_name!($last $(= $last_wire)?)
                    ],
                    &[$($required),*],
                )$(.with_text_integers(&[$($text),*]))?;
                &SHAPE
            }

            #[inline]
            fn at(&mut self, index: usize) -> &mut dyn $crate::codec::Place {
                match index {
                    $($index => &mut self.$field,)*
                    _ => &mut self.$last,
                }
            }
        }

        impl $crate::codec::Place for $name {
            #[inline]
            fn decode(
                &mut self,
                reader: &mut $crate::codec::Reader<'_>,
            ) -> ::core::result::Result<(), $crate::codec::DecodeError> {
                reader.record(self)
            }
        }

        #[cfg(feature = "serde")]
        impl $crate::codec::Encode for $name {
            fn encode(&self, out: &mut dyn $crate::codec::Writer) {
                $crate::write_fields!(
                    out
                    { $(($tag, &$value),)* }
                    {
                        $(($crate::wire_name!($field $(= $wire)?), &self.$field),)*
                        ($crate::wire_name!($last $(= $last_wire)?), &self.$last),
                    }
                    $(text [$($text),*])?
                );
            }
        }
    };
}

/// Describes an object of requests: how it is encoded. If integers are written as text in some
/// fields, the name is followed by `text` and the bits of those fields (64 to a word).
///
/// ```
/// use wire::codec::encode_form;
///
/// pub struct CreateToken {
///     email: Option<String>,
///     type_: Option<String>,
/// }
/// wire::params!(CreateToken; email, type_ = "type");
///
/// let token = CreateToken { email: None, type_: Some("card".to_owned()) };
/// assert_eq!(encode_form(&token), "type=card");
///
/// pub struct CreateRow { index: i64, sizes: Vec<i64> }
/// wire::params!(CreateRow text [0x2]; index, sizes);
///
/// let row = CreateRow { index: 1, sizes: vec![2] };
/// assert_eq!(wire::codec::encode_json(&row), r#"{"index":1,"sizes":["2"]}"#);
/// ```
#[macro_export]
macro_rules! params {
    ($name:ident $(text [$($text:literal),*])?; $($field:ident $(= $wire:literal)?),*) => {
        impl $crate::codec::Encode for $name {
            #[inline]
            fn encode(&self, out: &mut dyn $crate::codec::Writer) {
                $crate::write_fields!(
                    out {}
                    { $(($crate::wire_name!($field $(= $wire)?), &self.$field),)* }
                    $(text [$($text),*])?
                );
            }
        }
    };
}

/// Writes constants and fields, some of whose integers may be text.
#[doc(hidden)]
#[macro_export]
macro_rules! write_fields {
    ($out:ident { $($constant:tt)* } { $($field:tt)* }) => {
        $crate::codec::write_record($out, &[$($constant)* $($field)*])
    };
    ($out:ident { $($constant:tt)* } { $($field:tt)* } text [$($text:literal),*]) => {
        $crate::codec::write_record_with_text(
            $out,
            &[$($constant)*],
            &[$($text),*],
            &[$($field)*],
        )
    };
}

/// Describes an open enum with a variant `Unknown(String)`: the wire name of each variant, sorted
/// by wire name.
///
/// ```
/// #[derive(Clone, Debug, PartialEq, Eq, Hash)]
/// pub enum Status { Active, Canceled, Unknown(String) }
/// wire::open_enum!(Status; Active = "active", Canceled = "canceled");
///
/// assert_eq!(Status::from("active"), Status::Active);
/// assert_eq!(Status::from("paused").as_str(), "paused");
/// ```
#[macro_export]
macro_rules! open_enum {
    ($name:ident; $($variant:ident = $wire:literal),*) => {
        impl $crate::codec::OpenEnum for $name {
            const VALUES: &'static [(&'static str, Self)] = &[$(($wire, Self::$variant)),*];

            #[inline]
            fn unknown(value: ::std::string::String) -> Self {
                Self::Unknown(value)
            }

            #[inline]
            fn as_unknown(&self) -> ::core::option::Option<&str> {
                match self {
                    Self::Unknown(value) => ::core::option::Option::Some(value),
                    _ => ::core::option::Option::None,
                }
            }
        }
        $crate::open_enums!($name);
    };
}

/// Implements `Debug` for a struct with fields that must not be shown: secrets and the numbers of
/// cards and accounts.
///
/// ```
/// #[derive(Clone)]
/// pub struct Card { exp_year: i64, number: Option<String> }
/// wire::redacted_debug!(Card { exp_year } number);
///
/// let card = Card { exp_year: 2030, number: Some("4242424242424242".to_owned()) };
/// assert_eq!(format!("{card:?}"), "Card { exp_year: 2030, number: [redacted] }");
/// ```
#[macro_export]
macro_rules! redacted_debug {
    ($name:ident { $($shown:ident),* } $($hidden:ident),+) => {
        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(::core::stringify!($name))
                    $(.field(::core::stringify!($shown), &self.$shown))*
                    $(.field(
                        ::core::stringify!($hidden),
                        &$crate::codec::redacted(&self.$hidden),
                    ))+
                    .finish()
            }
        }
    };
}

/// The wire name of a field: its own name unless another is given.
#[doc(hidden)]
#[macro_export]
macro_rules! wire_name {
    ($field:ident) => {
        ::core::stringify!($field)
    };
    ($field:ident = $wire:literal) => {
        $wire
    };
}
