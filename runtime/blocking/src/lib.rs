//! Calls that block their thread, for programs without an async runtime.
//!
//! In: a [`Call`] of a client that was built with [`BlockingBuilder::blocking`]. Out: its result, or
//! iterators over the pages and items of a list. Nothing about a call is different: retries,
//! limits, time limits and errors are those of the async one, which [`block_on`] drives. No other
//! thread is involved, and a client can be used by many threads at once.
//!
//! On a thread of an async runtime all of this works, but blocks everything else that the
//! thread has to do; use `.await` there, or the runtime's way to run blocking code.
//!
//! ```
//! use blocking::prelude::*;
//! # use runtime::client::{ApiSpec, Client};
//! # use runtime::error::Error;
//! use runtime::operation::Method;
//!
//! # fn example(api: &'static ApiSpec) -> Result<(), Error> {
//! let client = Client::builder(api).from_env().blocking().build()?;
//! let balance = client.raw(Method::Get, "/v1/balance").send_blocking()?;
//! println!("{}", balance.as_str());
//! # Ok(())
//! # }
//! ```

use std::fmt;

use runtime::call::{Call, ResponseFuture};
use runtime::client::{Client, ClientBuilder};
use runtime::error::Error;
use runtime::http::Response;
use runtime::operation::Output;
use runtime::page::{self, Page};

mod clock;
mod ureq_adapter;

pub use clock::{ThreadClock, block_on};
pub use ureq_adapter::{UreqOptions, UreqTransport};

/// The traits of this crate, to be imported together: `use blocking::prelude::*`.
pub mod prelude {
    pub use crate::{BlockingBuilder, BlockingList, SendBlocking};
}

/// Builds clients whose calls block their thread.
pub trait BlockingBuilder {
    /// Makes a client whose transport and clock need no async runtime and block their thread:
    /// [`UreqTransport`] with its default options, and [`ThreadClock`].
    #[must_use]
    fn blocking(self) -> Self;

    /// The same with other options of the transport.
    #[must_use]
    fn blocking_with(self, options: UreqOptions) -> Self;
}

impl<C: From<Client>> BlockingBuilder for ClientBuilder<C> {
    fn blocking(self) -> Self {
        self.blocking_with(UreqOptions::default())
    }

    fn blocking_with(self, options: UreqOptions) -> Self {
        self.transport(UreqTransport::new(options)).clock(ThreadClock)
    }
}

/// Sends a call and waits for its response on the current thread.
pub trait SendBlocking {
    /// What a successful call gives.
    type Output;

    /// Sends the call and blocks the thread until it has completed.
    ///
    /// # Errors
    /// Those of the awaited call, and one of [`Error::is_build`] if the client needs tokio.
    fn send_blocking(self) -> Result<Self::Output, Error>;
}

impl<T: Output> SendBlocking for Call<T> {
    type Output = T;

    fn send_blocking(self) -> Result<T, Error> {
        refuse_tokio(self.client())?;
        block_on(self.into_future())
    }
}

/// The value together with status, headers, request id and raw body.
impl<T: Output> SendBlocking for ResponseFuture<T> {
    type Output = Response<T>;

    fn send_blocking(self) -> Result<Response<T>, Error> {
        refuse_tokio(self.client())?;
        block_on(self)
    }
}

/// Iterates over lists on the current thread.
pub trait BlockingList {
    /// A page of the list.
    type Page: Page;

    /// All pages, one after the other, for a `for` loop.
    fn pages_blocking(self) -> Pages<Self::Page>;

    /// The items of all pages, one after the other, for a `for` loop.
    fn items_blocking(self) -> Items<Self::Page>;
}

impl<P: Page> BlockingList for Call<P> {
    type Page = P;

    fn pages_blocking(self) -> Pages<P> {
        Pages {
            refusal: refuse_tokio(self.client()).err(),
            pages: page::Pages::new(self),
        }
    }

    fn items_blocking(self) -> Items<P> {
        Items {
            refusal: refuse_tokio(self.client()).err(),
            items: page::Pages::new(self).into_items(),
        }
    }
}

/// The built-in transport and clock of async clients only work where tokio runs, and never on a
/// thread that is kept from running tokio.
fn refuse_tokio(client: &Client) -> Result<(), Error> {
    if client.needs_tokio() {
        return Err(Error::build(
            "this client needs tokio: build it with `BlockingBuilder::blocking`",
        ));
    }
    Ok(())
}

/// The pages of a list. See [`page::Pages`] for what holds for all of them; an error is the last
/// item.
///
/// ```
/// use blocking::prelude::*;
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
/// use blocking::prelude::*;
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
