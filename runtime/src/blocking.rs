//! Calls that block their thread, for programs without an async runtime.
//!
//! In: a [`Call`] of a client that was built with
//! [`blocking`](crate::client::ClientBuilder::blocking). Out: its result, or iterators over the
//! pages and items of a list. Nothing about a call is different: retries, limits, time limits and
//! errors are those of the async one, which [`block_on`] drives. No other thread is involved,
//! and a client can be used by many threads at once.
//!
//! On a thread of an async runtime all of this works, but holds up everything else that the
//! thread has to do; use `.await` there, or the runtime's way to run blocking code.

use std::fmt;

use crate::call::{Call, ResponseFuture};
use crate::client::Client;
use crate::error::Error;
use crate::http::Response;
use crate::operation::Output;
use crate::page::{self, Page};

pub use crate::clock::block_on;

impl<T: Output> Call<T> {
    /// Sends the call and waits for its answer on this thread.
    ///
    /// ```
    /// # use runtime::client::Client;
    /// # use runtime::error::Error;
    /// use runtime::operation::Method;
    ///
    /// # fn example(client: Client) -> Result<(), Error> {
    /// let answer = client.raw(Method::Get, "/v1/balance").send_blocking()?;
    /// println!("{}", answer.as_str());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the awaited call, and one of [`Error::is_build`] if the client needs tokio.
    pub fn send_blocking(self) -> Result<T, Error> {
        refuse_tokio(self.client())?;
        block_on(self.into_future())
    }
}

impl<T: Output> ResponseFuture<T> {
    /// Sends the call and waits for its answer on this thread: the value together with status,
    /// headers, request id and raw body.
    ///
    /// # Errors
    /// As [`Call::send_blocking`].
    pub fn send_blocking(self) -> Result<Response<T>, Error> {
        refuse_tokio(self.client())?;
        block_on(self)
    }
}

impl<P: Page> Call<P> {
    /// All pages, one after the other, for a `for` loop.
    pub fn pages_blocking(self) -> Pages<P> {
        Pages {
            refusal: refuse_tokio(self.client()).err(),
            pages: page::Pages::new(self),
        }
    }

    /// The items of all pages, one after the other, for a `for` loop.
    pub fn items_blocking(self) -> Items<P> {
        Items {
            refusal: refuse_tokio(self.client()).err(),
            items: page::Items::new(self),
        }
    }
}

/// The built-in transport and clock of async clients only work where tokio runs, and never on a
/// thread that is kept from running tokio.
fn refuse_tokio(client: &Client) -> Result<(), Error> {
    if client.needs_tokio() {
        return Err(Error::build(
            "this client needs tokio: call `blocking` when it is built",
        ));
    }
    Ok(())
}

/// The pages of a list. See [`page::Pages`] for what holds for all of them; an error is the last
/// item.
///
/// ```
/// # use runtime::call::Call;
/// # use runtime::error::Error;
/// # use runtime::value::{List, RawJson};
/// # fn example(list: Call<List<RawJson>>) -> Result<(), Error> {
/// for page in list.pages_blocking() {
///     println!("{} items", page?.data.len());
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "iterators do nothing unless they are used"]
pub struct Pages<P> {
    refusal: Option<Error>,
    pages: page::Pages<P>,
}

impl<P: Page> Iterator for Pages<P> {
    type Item = Result<P, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.refusal.take() {
            self.pages.end();
            return Some(Err(error));
        }
        block_on(self.pages.try_next()).transpose()
    }
}

impl<P> fmt::Debug for Pages<P> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pages.fmt(out)
    }
}

/// The items of all pages of a list. See [`page::Items`] for what holds for all of them; an error
/// is the last item.
///
/// A page is only fetched when its first item is asked for:
///
/// ```
/// # use runtime::call::Call;
/// # use runtime::error::Error;
/// # use runtime::value::{List, RawJson};
/// # fn example(list: Call<List<RawJson>>) -> Result<(), Error> {
/// let newest: Vec<RawJson> = list.items_blocking().take(250).collect::<Result<_, _>>()?;
/// println!("{} items", newest.len());
/// # Ok(())
/// # }
/// ```
#[must_use = "iterators do nothing unless they are used"]
pub struct Items<P: Page> {
    refusal: Option<Error>,
    items: page::Items<P>,
}

impl<P: Page> Iterator for Items<P> {
    type Item = Result<P::Item, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.refusal.take() {
            self.items.end();
            return Some(Err(error));
        }
        block_on(self.items.try_next()).transpose()
    }
}

impl<P: Page> fmt::Debug for Items<P> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.fmt(out)
    }
}
