//! Lists beyond their first page: streams of pages and of items.
//!
//! In: a [`Call`] whose response is a list. Out: [`Pages`] and [`Items`], which request a page only
//! when it is needed, each with all options of the first call. Three kinds of lists are supported:
//! with cursors (v1, forward and backward), with page tokens (search) and with page URLs (v2). A
//! repeated cursor or URL, or a URL of another host, ends the stream with an error. A stream ends
//! after an error; it never skips a page.

use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::call::Call;
use crate::error::Error;
use crate::operation::Output;
use crate::value::{List, SearchList, UrlList};

mod outline;
#[cfg(test)]
mod tests;
mod walk;

use walk::{Style, Walk};

/// A page of a list: one of [`List`], [`SearchList`] and [`UrlList`].
///
/// It is sealed, because the streams support these three kinds of pagination.
pub trait Page: Output + sealed::Continues {
    /// The type of the items.
    type Item: Send + 'static;

    /// The items of this page, in the order of the server.
    fn into_items(self) -> Vec<Self::Item>;
}

mod sealed {
    /// How the next page is requested.
    pub trait Continues {
        /// The kind of pagination.
        const STYLE: super::walk::Style;
    }
}

macro_rules! page {
    ($list:ident, $style:ident) => {
        impl<T> sealed::Continues for $list<T> {
            const STYLE: Style = Style::$style;
        }

        impl<T: Send + 'static> Page for $list<T>
        where
            $list<T>: Output,
        {
            type Item = T;

            fn into_items(self) -> Vec<T> {
                self.data
            }
        }

        impl<T: Send + 'static> Call<$list<T>>
        where
            $list<T>: Output,
        {
            /// Returns a stream of all pages.
            pub fn pages(self) -> Pages<$list<T>> {
                Pages::new(self)
            }

            /// Returns a stream of the items of all pages.
            pub fn items(self) -> Items<$list<T>> {
                Items::new(self)
            }
        }
    };
}

page!(List, Cursor);
page!(SearchList, Token);
page!(UrlList, Url);

/// The pages of a list, as a stream.
///
/// ```
/// # use runtime::call::Call;
/// # use runtime::error::Error;
/// # use runtime::value::{List, RawJson};
/// # async fn example(list: Call<List<RawJson>>) -> Result<(), Error> {
/// let mut pages = list.pages();
/// while let Some(page) = pages.try_next().await? {
///     println!("{} items", page.data.len());
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct Pages<P> {
    walk: Box<Walk>,
    page: PhantomData<fn() -> P>,
}

impl<P: Page> Pages<P> {
    #[doc(hidden)]
    pub fn new(call: Call<P>) -> Self {
        let (client, prepared) = call.into_parts();
        Self {
            walk: Box::new(Walk::new(P::STYLE, client, prepared)),
            page: PhantomData,
        }
    }

    /// Returns the next page; `None` after the last one.
    ///
    /// # Errors
    /// Returns an error if the page cannot be fetched, or the list cannot be continued
    /// ([`Error::is_pagination`]). The stream has then ended.
    pub async fn try_next(&mut self) -> Result<Option<P>, Error> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context))
            .await
            .transpose()
    }

    /// Ends the stream. No further page is fetched.
    #[doc(hidden)]
    pub fn end(&mut self) {
        self.walk.end_walk();
    }

    /// Returns a stream of the items of the remaining pages.
    pub fn into_items(self) -> Items<P> {
        Items {
            pages: self,
            items: Vec::new().into_iter(),
        }
    }
}

impl<P: Page> Stream for Pages<P> {
    type Item = Result<P, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(completed) = ready!(self.walk.poll_page(context)) else {
            return Poll::Ready(None);
        };
        let page = completed.and_then(|completed| completed.decode());
        if page.is_err() {
            self.walk.end_walk();
        }
        Poll::Ready(Some(page))
    }
}

impl<P> fmt::Debug for Pages<P> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Pages").field(&self.walk).finish()
    }
}

/// The items of all pages of a list, as a stream.
///
/// For a list that is read backward (`ending_before` is set), the items of each page are reversed,
/// so that all items are in one order.
///
/// ```
/// # use runtime::call::Call;
/// # use runtime::error::Error;
/// # use runtime::value::{List, RawJson};
/// # async fn example(list: Call<List<RawJson>>) -> Result<(), Error> {
/// let newest = list.items().collect_up_to(250).await?;
/// println!("{} items", newest.len());
/// # Ok(())
/// # }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct Items<P: Page> {
    pages: Pages<P>,
    items: std::vec::IntoIter<P::Item>,
}

impl<P: Page> Items<P> {
    pub(crate) fn new(call: Call<P>) -> Self {
        Pages::new(call).into_items()
    }

    /// Ends the stream. No further page is fetched.
    #[doc(hidden)]
    pub fn end(&mut self) {
        self.pages.end();
        self.items = Vec::new().into_iter();
    }

    /// Returns the next item; `None` after the last one.
    ///
    /// # Errors
    /// See [`Pages::try_next`].
    pub async fn try_next(&mut self) -> Result<Option<P::Item>, Error> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context))
            .await
            .transpose()
    }

    /// Collects the remaining items, at most `limit`. No further page is fetched.
    ///
    /// # Errors
    /// See [`Pages::try_next`]; the items received before the error are lost.
    pub async fn collect_up_to(mut self, limit: usize) -> Result<Vec<P::Item>, Error> {
        let mut collected = Vec::new();
        while collected.len() < limit {
            match self.try_next().await? {
                Some(item) => collected.push(item),
                None => break,
            }
        }
        Ok(collected)
    }
}

// No field is pinned, for any type of items.
impl<P: Page> Unpin for Items<P> {}

impl<P: Page> Stream for Items<P> {
    type Item = Result<P::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(Pin::new(&mut self.pages).poll_next(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(page)) => {
                    let mut items = page.into_items();
                    if self.pages.walk.backward {
                        items.reverse();
                    }
                    self.items = items.into_iter();
                }
            }
        }
    }
}

impl<P: Page> fmt::Debug for Items<P> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Items")
            .field("pages", &self.pages)
            .field("buffered", &self.items.len())
            .finish()
    }
}
