//! `Encode` for types of the standard library.

use super::{Encode, Writer, write_list, write_record};

impl Encode for str {
    fn encode(&self, out: &mut dyn Writer) {
        out.string(self);
    }
}

impl Encode for String {
    fn encode(&self, out: &mut dyn Writer) {
        out.string(self);
    }
}

impl Encode for i64 {
    fn encode(&self, out: &mut dyn Writer) {
        out.integer(*self);
    }
}

impl Encode for f64 {
    fn encode(&self, out: &mut dyn Writer) {
        out.number(*self);
    }
}

impl Encode for bool {
    fn encode(&self, out: &mut dyn Writer) {
        out.boolean(*self);
    }
}

/// A record without fields.
impl Encode for () {
    fn encode(&self, out: &mut dyn Writer) {
        write_record(out, &[]);
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    #[inline]
    fn encode(&self, out: &mut dyn Writer) {
        (**self).encode(out);
    }

    #[inline]
    fn is_absent(&self) -> bool {
        (**self).is_absent()
    }
}

impl<T: Encode + ?Sized> Encode for Box<T> {
    #[inline]
    fn encode(&self, out: &mut dyn Writer) {
        (**self).encode(out);
    }

    #[inline]
    fn is_absent(&self) -> bool {
        (**self).is_absent()
    }
}

/// `None` is absent from a record and empty in a list.
impl<T: Encode> Encode for Option<T> {
    #[inline]
    fn encode(&self, out: &mut dyn Writer) {
        match self {
            Some(value) => value.encode(out),
            None => out.null(),
        }
    }

    #[inline]
    fn is_absent(&self) -> bool {
        match self {
            Some(value) => value.is_absent(),
            None => true,
        }
    }
}

impl<T: Encode> Encode for [T] {
    #[inline]
    fn encode(&self, out: &mut dyn Writer) {
        write_list(out, self.len(), &|index, out| match self.get(index) {
            Some(item) => item.encode(out),
            None => out.null(),
        });
    }
}

impl<T: Encode> Encode for Vec<T> {
    #[inline]
    fn encode(&self, out: &mut dyn Writer) {
        self.as_slice().encode(out);
    }
}
