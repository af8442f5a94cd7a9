//! Lists beyond their first page: streams of pages and of items.
//!
//! In: a [`Call`] whose response is a list, and the [`PageSpec`] that its type or its operation states
//! as [`Paging`]; there are no pages of other calls. Out:
//! [`Pages`] and [`Items`], which request a page only when it is needed, each with all options of
//! the first call. An empty page that names a next one is read over. A page that promises more and
//! does not say where, a repeated page, cursor or URL, or a URL of another host ends the stream with
//! an error. A stream ends after an error; it never skips a page. A [`PageCursor`] says how far a
//! list was read.

use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::call::Call;
use crate::error::Error;
use crate::operation::{Output, PageSpec, PageStyle};
use crate::value::{List, SearchList, UrlList};

mod collect;
mod cursor;
#[cfg(test)]
mod tests;
mod walk;

pub use collect::CollectError;
pub use cursor::PageCursor;
use walk::Walk;

/// A page of a list.
///
/// Generated code implements it for the responses of operations that read lists in pages.
#[diagnostic::on_unimplemented(message = "`{Self}` is not known to be a page of a list")]
pub trait Page: Output {
    /// The type of the items.
    type Item: Send + 'static;

    /// The items of this page, in the order of the server.
    fn into_items(self) -> Vec<Self::Item>;
}

/// What says how pages of type `P` follow each other: an operation that reads a list in pages, or
/// `()` if the type of the page says it.
///
/// Generated code implements it. A program can do so for a list that the generated code does not
/// know as one:
///
/// ```
/// use runtime::call::Call;
/// use runtime::operation::{PageSpec, PageStyle};
/// use runtime::page::Paging;
/// # use runtime::error::Error;
/// # use runtime::value::RawJson;
///
/// struct Numbered;
///
/// impl<P> Paging<P> for Numbered {
///     const PAGES: &'static PageSpec = &PageSpec::new(
///         PageStyle::Number { parameter: "page", first: 1 },
///         &[],
///     );
/// }
///
/// # async fn example(list: Call<Vec<RawJson>>) -> Result<(), Error> {
/// let items = list.paged::<Numbered>().items().collect_up_to(250).await?;
/// # let _ = items;
/// # Ok(())
/// # }
/// ```
///
/// Other calls of lists have no pages:
///
/// ```compile_fail,E0277
/// # use runtime::call::Call;
/// # use runtime::value::RawJson;
/// fn example(list: Call<Vec<RawJson>>) {
///     let items = list.items();
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "it is not known how the pages of this call follow each other",
    note = "await the call, describe its pages in the dialect, or state them with `Call::paged`"
)]
pub trait Paging<P> {
    /// How the pages follow each other, and where their items are.
    const PAGES: &'static PageSpec;
}

macro_rules! page {
    ($list:ident, $spec:expr) => {
        impl<T: Send + 'static> Page for $list<T>
        where
            $list<T>: Output,
        {
            type Item = T;

            fn into_items(self) -> Vec<T> {
                self.data
            }
        }

        impl<T> Paging<$list<T>> for () {
            const PAGES: &'static PageSpec = &$spec;
        }
    };
}

const BY_TOKEN: PageStyle = PageStyle::Cursor {
    parameter: "page",
    field: &["next_page"],
};
const BY_URL: PageStyle = PageStyle::Url {
    field: &["next_page_url"],
};
page!(
    List,
    PageSpec::new(PageStyle::ItemId, &["data"]).has_more(&["has_more"])
);
page!(
    SearchList,
    PageSpec::new(BY_TOKEN, &["data"]).has_more(&["has_more"])
);
page!(UrlList, PageSpec::new(BY_URL, &["data"]));

/// A response that is the array of the items. Whether it is one page of several says the operation.
impl<T: Send + 'static> Page for Vec<T>
where
    Vec<T>: Output,
{
    type Item = T;

    fn into_items(self) -> Self {
        self
    }
}

impl<P, L> Call<P, L> {
    /// States how the pages of the list follow each other. Methods of operations that read lists in
    /// pages do so.
    pub fn paged<N: Paging<P>>(mut self) -> Call<P, N> {
        self.prepared.pages = Some(N::PAGES);
        Call::new(&self.client, self.prepared)
    }
}

impl<P: Page, L> Call<P, L> {
    /// Returns a stream of all pages.
    pub fn pages(self) -> Pages<P>
    where
        L: Paging<P>,
    {
        Pages::new(self)
    }

    /// Returns a stream of the items of all pages.
    #[doc(alias("paginate", "auto_paging_each"))]
    pub fn items(self) -> Items<P>
    where
        L: Paging<P>,
    {
        Pages::new(self).into_items()
    }
}

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
    pub fn new<L: Paging<P>>(call: Call<P, L>) -> Self {
        Self {
            walk: Box::new(Walk::new(*L::PAGES, call.client, call.prepared)),
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

    /// The place after the last page that was returned.
    pub fn cursor(&self) -> PageCursor {
        self.walk.cursor_before(0)
    }

    /// Continues at a place in the list: with the page that has the next item. Call it before the
    /// first page is read, on the same list with the same parameters.
    ///
    /// If the cursor is of another list, the first page is an error of [`Error::is_build`].
    pub fn resume_from(mut self, cursor: &PageCursor) -> Self {
        self.walk.resume_at(cursor);
        self
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
        let Some(completed) = ready!(self.walk.poll_page(context)).transpose()? else {
            return Poll::Ready(None);
        };
        let page = completed.decode().map(|(page, _)| page);
        if page.is_err() {
            self.walk.reject_page();
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

    /// The place after the last item that was returned: a walk that is resumed there begins with
    /// the next item. See [`PageCursor`].
    pub fn cursor(&self) -> PageCursor {
        self.pages.walk.cursor_before(self.items.len())
    }

    /// Continues at a place in the list, with the item after the last one that was returned there.
    /// Call it before the first item is read, on the same list with the same parameters. Lists with
    /// cursors may have another page size (`limit`).
    ///
    /// If the cursor is of another list, the first item is an error of [`Error::is_build`]. If the
    /// server no longer has the last item that was returned, it is one of the server for lists with
    /// cursors, and otherwise one of [`Error::is_pagination`] if that item is within a page.
    ///
    /// ```
    /// # use runtime::call::Call;
    /// # use runtime::error::Error;
    /// # use runtime::value::{List, RawJson};
    /// # async fn example(list: Call<List<RawJson>>) -> Result<(), Error> {
    /// let mut items = list.clone().items();
    /// let first = items.try_next().await?;
    /// let second = list.items().resume_from(&items.cursor()).try_next().await?;
    /// # let _ = (first, second);
    /// # Ok(())
    /// # }
    /// ```
    pub fn resume_from(mut self, cursor: &PageCursor) -> Self {
        self.pages.walk.resume_at(cursor);
        self
    }

    /// Collects the remaining items, at most `limit`. No further page is fetched.
    ///
    /// # Errors
    /// See [`Pages::try_next`]. The error has the items that were received before, and their
    /// cursor. It converts to [`Error`], so that `?` works in functions that return one.
    pub async fn collect_up_to(
        mut self,
        limit: usize,
    ) -> Result<Vec<P::Item>, CollectError<P::Item>> {
        let mut collected = Vec::new();
        while collected.len() < limit {
            match self.try_next().await {
                Ok(Some(item)) => collected.push(item),
                Ok(None) => break,
                Err(error) => return Err(CollectError::new(error, collected, self.cursor())),
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
                    let skipped = self.pages.walk.take_skipped().min(items.len());
                    items.drain(..skipped);
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
