//! What decoding does about members that are missing or unreadable.

/// What decoding does if a response lacks members that its type requires, or has members of an
/// unexpected kind. Text that is not valid JSON is an error with either policy.
///
/// ```
/// use wire::codec::{DecodePolicy, decode_with};
/// use wire::value::List;
///
/// let text = br#"{"object": "list", "data": [1, null, 3]}"#;
/// let (list, corrections) = decode_with::<List<i64>>(text, DecodePolicy::Correct)?;
/// assert_eq!(list.data, [1, 0, 3]);
/// assert_eq!(corrections[0].path(), "data[1]");
///
/// assert!(decode_with::<List<i64>>(text, DecodePolicy::Refuse).is_err());
/// # Ok::<(), wire::codec::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodePolicy {
    /// Such members are filled, and every one is recorded as a [`Correction`](super::Correction).
    ///
    /// | type | filled with |
    /// |---|---|
    /// | optional | `None` |
    /// | list, map, text, id | the empty one |
    /// | enum | `Unknown` with an empty text |
    /// | number, timestamp | zero |
    /// | boolean | `false` |
    /// | object | an object whose members are filled |
    /// | union of objects | `Other` with `null` |
    ///
    /// `null` counts as missing. An empty array counts as an empty object. An entry of a map that
    /// is `null` is left out. Only an object that is the whole response or the whole object of an
    /// event must have its `id`.
    #[default]
    Correct,
    /// Such members are errors.
    Refuse,
}
