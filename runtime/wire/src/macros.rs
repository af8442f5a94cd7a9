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

/// What `maybe` of parameters does.
#[doc(hidden)]
pub fn set_if_some<P, V>(params: P, value: Option<V>, set: impl FnOnce(P, V) -> P) -> P {
    match value {
        Some(value) => set(params, value),
        None => params,
    }
}

/// Describes an object of responses: how it is decoded and, with the feature `serde` of the crate
/// that declares it, how it is written back. It must have a field `extra` of the type
/// [`Extra`](crate::value::Extra), which is not described.
///
/// The name is followed by the bits of the required fields (64 to a word), the constants that the
/// type implies, and the numbered fields in their order, each with its wire name. If integers are
/// written as text in some fields, `text` and the bits of those fields follow the required ones.
///
/// ```
/// use wire::codec::decode;
/// use wire::value::Extra;
///
/// #[derive(Clone, Debug, Default)]
/// pub struct Card {
///     pub brand: String,
///     pub type_: Option<String>,
///     pub extra: Extra,
/// }
/// wire::record!(Card [0x1] { "object" = "card" } 0 brand = "brand"; type_ = "type");
///
/// let card: Card = decode(br#"{"object": "card", "brand": "visa", "new": true}"#)?;
/// assert_eq!((card.brand.as_str(), card.type_), ("visa", None));
/// assert_eq!(card.extra.names(), ["new"]);
///
/// #[derive(Clone, Debug, Default)]
/// pub struct Row {
///     pub index: i64,
///     pub size: i64,
///     pub extra: Extra,
/// }
/// wire::record!(Row [0x3] text [0x2] {} 0 index = "index"; size = "size");
///
/// let row: Row = decode(br#"{"index": 1, "size": "9007199254740993"}"#)?;
/// assert_eq!((row.index, row.size), (1, 9_007_199_254_740_993));
/// # Ok::<(), wire::codec::DecodeError>(())
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! record {
    ($name:ident { $($tag:literal = $value:literal),* }) => {
        $crate::record!(@impl $name [] [] { $(($tag, $value))* } {} extra);
    };
    (
        $name:ident [$($required:literal),*] $(text [$($text:literal),*])?
        { $($tag:literal = $value:literal),* }
        $($index:literal $field:ident = $wire:literal),*;
        $last:ident = $last_wire:literal
    ) => {
        $crate::record!(
            @impl $name [$($required),*] [$($($text),*)?] { $(($tag, $value))* }
            { $(($index $field, $wire))* (_ $last, $last_wire) }
            $last
        );
    };
    (
        @impl $name:ident [$($required:literal),*] [$($text:literal),*]
        { $(($tag:literal, $value:literal))* }
        { $(($index:tt $field:ident, $wire:literal))* }
        $last:ident
    ) => {
        impl $crate::codec::Record for $name {
            #[inline]
            fn shape(&self) -> &'static $crate::codec::RecordShape {
                const SHAPE: $crate::codec::RecordShape = $crate::codec::RecordShape::response(
                    ::core::stringify!($name),
                    &[$($wire),*],
                    &[$($required),*],
                    &[$($text),*],
                    &[$(($tag, ::core::stringify!($value))),*],
                );
                &SHAPE
            }

            #[inline]
            fn at(&mut self, index: usize) -> &mut dyn $crate::codec::Place {
                $crate::record!(@at self index $last $(($index $field))*)
            }

            #[inline]
            fn extra(&mut self) -> ::core::option::Option<&mut $crate::codec::Extra> {
                ::core::option::Option::Some(&mut self.extra)
            }
        }

        impl $crate::codec::Place for $name {
            #[inline]
            fn decode(
                &mut self,
                reader: &mut $crate::codec::Reader<'_>,
            ) -> ::core::result::Result<(), $crate::codec::DecodeError> {
                $crate::codec::Reader::record(reader, self)
            }
        }

        #[cfg(feature = "serde")]
        impl $crate::codec::Encode for $name {
            fn encode(&self, out: &mut dyn $crate::codec::Writer) {
                $crate::codec::write_response(
                    out,
                    &[$(($tag, &$value)),*],
                    &[$(($wire, &self.$field)),*],
                    &[$($text),*],
                    &self.extra,
                );
            }
        }
    };
    (@at $self:ident $at:ident extra) => {{
        let _ = $at;
        &mut $self.extra
    }};
    (@at $self:ident $at:ident $last:ident $(($index:tt $field:ident))+) => {
        match $at {
            $($index => &mut $self.$field,)+
        }
    };
}

/// Describes an object of requests: how it is encoded, and how parameters are set from an `Option`
/// in a chain of setters. Each field has its wire name. If integers are written as text in some
/// fields, the name is followed by `text` and the bits of those fields (64 to a word).
///
/// ```
/// use wire::codec::encode_form;
///
/// pub struct CreateToken {
///     email: Option<String>,
///     type_: Option<String>,
/// }
/// wire::params!(CreateToken; email = "email", type_ = "type");
///
/// let token = CreateToken { email: None, type_: Some("card".to_owned()) };
/// assert_eq!(encode_form(&token), "type=card");
///
/// impl CreateToken {
///     fn email(mut self, email: impl Into<String>) -> Self {
///         self.email = Some(email.into());
///         self
///     }
/// }
/// let token = token
///     .maybe(Some("a@example.com"), CreateToken::email)
///     .maybe(None::<String>, CreateToken::email)
///     .maybe(Some(1), |token, number| token.email(format!("{number}@example.com")));
/// assert_eq!(encode_form(&token), "email=1%40example.com&type=card");
///
/// pub struct CreateRow { index: i64, sizes: Vec<i64> }
/// wire::params!(CreateRow text [0x2]; index = "index", sizes = "sizes");
///
/// let row = CreateRow { index: 1, sizes: vec![2] };
/// assert_eq!(wire::codec::encode_json(&row), r#"{"index":1,"sizes":["2"]}"#);
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! params {
    ($name:ident $(text [$($text:literal),*])?; $($field:ident = $wire:literal),*) => {
        impl $name {
            /// Sets a parameter if there is a value for it: `maybe(value, Self::name)`, with the
            /// setter as a path or as a closure.
            #[allow(dead_code, reason = "not every type of parameters is public")]
            pub fn maybe<V>(
                self,
                value: ::core::option::Option<V>,
                set: impl ::core::ops::FnOnce(Self, V) -> Self,
            ) -> Self {
                $crate::codec::set_if_some(self, value, set)
            }
        }

        impl $crate::codec::Encode for $name {
            #[inline]
            fn encode(&self, out: &mut dyn $crate::codec::Writer) {
                $crate::write_fields!(
                    out {}
                    { $(($wire, &self.$field),)* }
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
/// by wire name. Implements `Debug`, `Eq` and `Hash` besides what [`open_enums!`](crate::open_enums)
/// does; deriving them costs the compiler more.
///
/// ```
/// #[derive(Clone, PartialEq)]
/// pub enum Status { Active, Canceled, Unknown(String) }
/// wire::open_enum!(Status; Active = "active", Canceled = "canceled");
///
/// assert_eq!(Status::from("active"), Status::Active);
/// assert_eq!(Status::from("paused").as_str(), "paused");
/// ```
#[doc(hidden)]
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

        impl ::core::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::codec::debug_open_enum(self, &[$(::core::stringify!($variant)),*], f)
            }
        }

        impl ::core::cmp::Eq for $name {}

        impl ::core::hash::Hash for $name {
            #[inline]
            fn hash<H: ::core::hash::Hasher>(&self, state: &mut H) {
                $crate::codec::hash_open_enum(self, state);
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
#[doc(hidden)]
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
