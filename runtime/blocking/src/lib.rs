//! Blocking calls, for programs without an async runtime.
//!
//! In: a [`Call`] of a client that was built with [`BlockingBuilder::blocking`]. Out: its result,
//! or iterators over the pages and items of a list. [`block_on`] drives the async call, so retries,
//! limits, timeouts and errors are the same. No other thread is involved, and many threads can use
//! one client at the same time.
//!
//! On a thread of an async runtime these calls work too, but block all other tasks of the
//! thread; use `.await` there, or the runtime's function for blocking code.
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
use runtime::page::{Items, Page, PageCursor, Pages, Paging};

mod clock;
mod download;
mod ureq_transport;

pub use clock::{ThreadClock, block_on};
pub use download::{BlockingDownload, StreamBlocking};
pub use ureq_transport::{UreqOptions, UreqTransport};

/// The traits of this crate, to be imported together: `use blocking::prelude::*`.
pub mod prelude {
    pub use crate::{BlockingBuilder, BlockingList, SendBlocking, StreamBlocking};
}

/// Builds clients whose calls block their thread.
pub trait BlockingBuilder {
    /// Replaces the transport and the clock by ones that need no async runtime: [`UreqTransport`] with its default
    /// options, and [`ThreadClock`]. `ClientBuilder::connect_timeout` does not apply to this
    /// transport: use [`UreqOptions::connect_timeout`].
    #[must_use]
    fn blocking(self) -> Self;

    /// Sets a [`UreqTransport`] with these options, and a [`ThreadClock`].
    #[must_use]
    fn blocking_with(self, options: UreqOptions) -> Self;
}

impl<C: From<Client>> BlockingBuilder for ClientBuilder<C> {
    fn blocking(self) -> Self {
        self.blocking_with(UreqOptions::default())
    }

    fn blocking_with(self, options: UreqOptions) -> Self {
        self.transport(UreqTransport::new(options))
            .clock(ThreadClock)
    }
}

/// Sends a call and waits for its response on the current thread.
pub trait SendBlocking {
    /// The result of a successful call.
    type Output;

    /// Sends the call and blocks the thread until it completes.
    ///
    /// # Errors
    /// Those of the async call, and [`Error::is_build`] if the client needs tokio.
    fn send_blocking(self) -> Result<Self::Output, Error>;
}

impl<T: Output, L> SendBlocking for Call<T, L> {
    type Output = T;

    fn send_blocking(self) -> Result<T, Error> {
        check_client(self.client())?;
        block_on(self.into_future())
    }
}

/// Returns the value with status, headers, request id and raw body.
impl<T: Output> SendBlocking for ResponseFuture<T> {
    type Output = Response<T>;

    fn send_blocking(self) -> Result<Response<T>, Error> {
        check_client(self.client())?;
        block_on(self)
    }
}

/// Iterates over lists on the current thread.
pub trait BlockingList {
    /// A page of the list.
    type Page: Page;

    /// An iterator over all pages.
    fn pages_blocking(self) -> BlockingPages<Self::Page>;

    /// An iterator over the items of all pages.
    fn items_blocking(self) -> BlockingItems<Self::Page>;
}

impl<P: Page, L: Paging<P>> BlockingList for Call<P, L> {
    type Page = P;

    fn pages_blocking(self) -> BlockingPages<P> {
        BlockingPages {
            client_error: check_client(self.client()).err(),
            pages: Pages::new(self),
        }
    }

    fn items_blocking(self) -> BlockingItems<P> {
        BlockingItems {
            client_error: check_client(self.client()).err(),
            items: Pages::new(self).into_items(),
        }
    }
}

/// Fails if the client has the transport or clock that need tokio: they do not work on a blocked
/// thread.
fn check_client(client: &Client) -> Result<(), Error> {
    if client.needs_tokio() {
        return Err(Error::build(
            "this client needs tokio: build it with `BlockingBuilder::blocking`",
        ));
    }
    Ok(())
}

/// An iterator over the pages of a list, as the stream [`Pages`]. It ends after an error.
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
pub struct BlockingPages<P> {
    client_error: Option<Error>,
    pages: Pages<P>,
}

impl<P: Page> Iterator for BlockingPages<P> {
    type Item = Result<P, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.client_error.take() {
            self.pages.end();
            return Some(Err(error));
        }
        block_on(self.pages.try_next()).transpose()
    }
}

impl<P> fmt::Debug for BlockingPages<P> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pages.fmt(out)
    }
}

/// An iterator over the items of all pages of a list, as the stream [`Items`]. It ends after an
/// error. It fetches a page when its first item is requested:
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
pub struct BlockingItems<P: Page> {
    client_error: Option<Error>,
    items: Items<P>,
}

impl<P: Page> BlockingItems<P> {
    /// The place after the last item that was returned; see [`Items::cursor`].
    pub fn cursor(&self) -> PageCursor {
        self.items.cursor()
    }

    /// Continues at a place in the list; see [`Items::resume_from`].
    pub fn resume_from(mut self, cursor: &PageCursor) -> Self {
        self.items = self.items.resume_from(cursor);
        self
    }
}

impl<P: Page> Iterator for BlockingItems<P> {
    type Item = Result<P::Item, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.client_error.take() {
            self.items.end();
            return Some(Err(error));
        }
        block_on(self.items.try_next()).transpose()
    }
}

impl<P: Page> fmt::Debug for BlockingItems<P> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.fmt(out)
    }
}
