//! `Place` for types of the standard library.

use super::Place;
use super::error::DecodeError;
use super::reader::Reader;

impl Place for String {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.string_into(self)
    }
}

impl Place for i64 {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        *self = reader.integer()?;
        Ok(())
    }
}

impl Place for f64 {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        *self = reader.number()?;
        Ok(())
    }
}

impl Place for bool {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        *self = reader.boolean()?;
        Ok(())
    }
}

/// Accepts any value and ignores it.
impl Place for () {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.raw().map(drop)
    }

    fn stands_for_nothing(&self) -> bool {
        true
    }
}

impl<T: Place> Place for Box<T> {
    #[inline]
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        (**self).decode(reader)
    }
}

/// `null` is `None`.
impl<T: Place + Default> Place for Option<T> {
    #[inline]
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        if reader.null()? {
            *self = None;
            return Ok(());
        }
        self.insert(T::default()).decode(reader)
    }

    fn stands_for_nothing(&self) -> bool {
        self.is_none()
    }
}

/// Starts from empty; `null` is an error.
impl<T: Place + Default> Place for Vec<T> {
    #[inline]
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        self.clear();
        reader.array(&mut |reader| {
            // Most lists of large values inside of an object have one.
            if size_of::<T>() > 128 && self.capacity() == 0 {
                self.reserve_exact(1);
            }
            self.push(T::default());
            match self.last_mut() {
                Some(item) => reader.element(item),
                None => Ok(()),
            }
        })
    }
}
