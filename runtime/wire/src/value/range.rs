//! Filters on a field of listed objects.

use super::{DateTime, Timestamp};
use crate::codec::{DecodeError, Encode, JsonKind, Place, Reader, Writer, write_record};

/// A filter on the values of a field: an exact value, or bounds.
///
/// ```
/// use wire::codec::encode_form;
/// use wire::value::{Map, Range, Timestamp};
///
/// let created = Range::new().gte(Timestamp(100)).lt(Timestamp(200));
/// let query: Map<Range<Timestamp>> = Map::from([("created", created)]);
/// assert_eq!(encode_form(&query), "created[gte]=100&created[lt]=200");
///
/// let query: Map<Range<i64>> = Map::from([("amount", Range::exactly(100))]);
/// assert_eq!(encode_form(&query), "amount=100");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Range<T> {
    exactly: Option<T>,
    gt: Option<T>,
    gte: Option<T>,
    lt: Option<T>,
    lte: Option<T>,
}

impl<T> Range<T> {
    /// A filter without bounds, which is omitted from the request.
    pub fn new() -> Self {
        Self {
            exactly: None,
            gt: None,
            gte: None,
            lt: None,
            lte: None,
        }
    }

    /// Only this value. Replaces all bounds.
    pub fn exactly(value: T) -> Self {
        Self {
            exactly: Some(value),
            ..Self::new()
        }
    }

    /// Only values greater than this.
    #[must_use]
    pub fn gt(mut self, bound: T) -> Self {
        self.gt = Some(bound);
        self
    }

    /// Only values greater than or equal to this.
    #[must_use]
    pub fn gte(mut self, bound: T) -> Self {
        self.gte = Some(bound);
        self
    }

    /// Only values less than this.
    #[must_use]
    pub fn lt(mut self, bound: T) -> Self {
        self.lt = Some(bound);
        self
    }

    /// Only values less than or equal to this.
    #[must_use]
    pub fn lte(mut self, bound: T) -> Self {
        self.lte = Some(bound);
        self
    }
}

impl<T> Default for Range<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// From the start to before the end.
impl<T> From<std::ops::Range<T>> for Range<T> {
    fn from(range: std::ops::Range<T>) -> Self {
        Self::new().gte(range.start).lt(range.end)
    }
}

impl From<i64> for Range<i64> {
    fn from(value: i64) -> Self {
        Self::exactly(value)
    }
}

impl From<i64> for Range<Timestamp> {
    fn from(value: i64) -> Self {
        Self::exactly(Timestamp(value))
    }
}

impl From<Timestamp> for Range<Timestamp> {
    fn from(value: Timestamp) -> Self {
        Self::exactly(value)
    }
}

impl From<DateTime> for Range<DateTime> {
    fn from(value: DateTime) -> Self {
        Self::exactly(value)
    }
}

impl<T: Encode> Encode for Range<T> {
    #[inline]
    fn encode(&self, out: &mut dyn Writer) {
        match &self.exactly {
            Some(value) => value.encode(out),
            None => write_record(
                out,
                &[
                    ("gt", &self.gt),
                    ("gte", &self.gte),
                    ("lt", &self.lt),
                    ("lte", &self.lte),
                ],
            ),
        }
    }

    #[inline]
    fn is_absent(&self) -> bool {
        let bounds = [&self.exactly, &self.gt, &self.gte, &self.lt, &self.lte];
        bounds.iter().all(|bound| bound.is_none())
    }
}

/// An object has the bounds; everything else is the exact value.
impl<T: Place + Default> Place for Range<T> {
    #[inline]
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        *self = Self::new();
        if reader.peek() != JsonKind::Object {
            return self.exactly.insert(T::default()).decode(reader);
        }
        reader.object(&mut |reader, key| match &*key {
            "gt" => self.gt.decode(reader),
            "gte" => self.gte.decode(reader),
            "lt" => self.lt.decode(reader),
            "lte" => self.lte.decode(reader),
            _ => ().decode(reader),
        })
    }
}
