//! What is accepted as the id of an object.

use std::borrow::Cow;

use super::{Expandable, Id, MaybeDeleted};

/// What identifies a `T`: any text, or what is known to be the id of a `T`.
///
/// The id of another type does not compile:
///
/// ```
/// use wire::value::{AsId, Expandable, Id, MaybeDeleted};
///
/// struct Customer;
/// struct Deleted;
/// fn retrieve(customer: impl AsId<Customer>) -> String {
///     format!("/v1/customers/{}", customer.as_id())
/// }
///
/// let id = Id::<Customer>::from("cus_1");
/// let maybe_deleted = Id::<MaybeDeleted<Customer, Deleted>>::from("cus_1");
/// let paths = [
///     retrieve("cus_1"),
///     retrieve("cus_1".to_owned()),
///     retrieve(&id),
///     retrieve(Expandable::from(id)),
///     retrieve(&maybe_deleted),
/// ];
/// assert!(paths.iter().all(|path| path == "/v1/customers/cus_1"));
/// ```
///
/// ```compile_fail
/// # use wire::value::{AsId, Id};
/// struct Customer;
/// struct Charge;
/// fn retrieve(customer: impl AsId<Customer>) {}
///
/// retrieve(Id::<Charge>::from("ch_1"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the id of a `{T}`",
    note = "a text is accepted as any id: pass `id.as_str()` if the API accepts this one here"
)]
pub trait AsId<T> {
    /// The text of the id.
    fn as_id(&self) -> &str;
}

/// Each type with its parameters and the type of the object that it identifies.
macro_rules! identifies {
    ($([$($of:ident),*] $name:ty;)*) => { $(
        impl<T, $($of),*> AsId<T> for $name {
            #[inline]
            fn as_id(&self) -> &str {
                self.as_ref()
            }
        }
    )* };
}
identifies! {
    [] str;
    [] String;
    [] Cow<'_, str>;
    [] Box<str>;
    [] Id<T>;
    [] Expandable<T>;
    [D] Id<MaybeDeleted<T, D>>;
    [D] Expandable<MaybeDeleted<T, D>>;
}

impl<T, A: AsId<T> + ?Sized> AsId<T> for &A {
    #[inline]
    fn as_id(&self) -> &str {
        (**self).as_id()
    }
}
