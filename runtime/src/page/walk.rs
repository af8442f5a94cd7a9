//! Pagination without types: which request is next, and when the list ends.

use std::collections::HashSet;
use std::fmt;
use std::task::{Context, Poll, ready};

use super::outline::Outline;
use crate::client::Client;
use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind};
use crate::execute::CompletedCall;
use crate::request::PreparedRequest;

/// Lists by URL may have empty pages before further items; so many in a row are an error.
const MOST_EMPTY_PAGES: u32 = 100;

/// How the next page is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// By the id of an item at its end.
    Cursor,
    /// By a token in it.
    Token,
    /// By a URL in it.
    Url,
}

/// What follows a page.
enum Next {
    /// Another page, by this request.
    Page(Box<PreparedRequest>),
    /// There are more pages, but they cannot be requested.
    Stuck(Error),
    /// No further page.
    End,
}

/// The state of the pagination of one list.
pub(super) struct Walk {
    client: Client,
    style: Style,
    pub(super) backward: bool,
    /// What follows the last page that was requested.
    next: Next,
    /// The request in flight, as it was sent.
    current: Option<Box<PreparedRequest>>,
    sending: Option<BoxFuture<'static, Result<CompletedCall, Error>>>,
    /// Pages in a row that had no items.
    empty: u32,
    /// The cursors and URLs that were used; a repeated one is an error.
    used: HashSet<String>,
}

impl Walk {
    pub(super) fn new(style: Style, client: Client, first: Box<PreparedRequest>) -> Self {
        let given = |key: &str| {
            first
                .params
                .query_value(key)
                .filter(|value| !value.is_empty())
        };
        let backward = style == Style::Cursor
            && given("ending_before").is_some()
            && given("starting_after").is_none();
        let begun_at = match style {
            Style::Cursor if backward => given("ending_before"),
            Style::Cursor => given("starting_after"),
            Style::Token => given("page"),
            Style::Url => None,
        };
        let used = begun_at.into_iter().collect();
        Self {
            client,
            style,
            backward,
            next: Next::Page(first),
            current: None,
            sending: None,
            empty: 0,
            used,
        }
    }

    /// Ends the walk: there are no more pages.
    pub(super) fn end_walk(&mut self) {
        self.next = Next::End;
        self.current = None;
        self.sending = None;
    }

    /// Polls for the next page, not decoded, and prepares the request of the one after it.
    pub(super) fn poll_page(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<CompletedCall, Error>>> {
        if self.sending.is_none() {
            match std::mem::replace(&mut self.next, Next::End) {
                Next::Page(prepared) => {
                    self.current = Some(prepared.clone());
                    self.sending = Some(self.client.send_prepared(prepared));
                }
                Next::Stuck(error) => return Poll::Ready(Some(Err(error))),
                Next::End => return Poll::Ready(None),
            }
        }
        let Some(sending) = &mut self.sending else {
            return Poll::Ready(None);
        };
        let result = ready!(sending.as_mut().poll(context));
        self.sending = None;
        let current = self.current.take();
        Poll::Ready(Some(result.and_then(|completed| {
            if let Some(prepared) = current {
                self.next = self.next_after(&completed, prepared)?;
            }
            Ok(completed)
        })))
    }

    /// What follows a page. An error here means that the page itself must not be used.
    fn next_after(
        &mut self,
        completed: &CompletedCall,
        mut prepared: Box<PreparedRequest>,
    ) -> Result<Next, Error> {
        // A page that cannot be read is reported when it is decoded to its type.
        let Ok(page) = Outline::read_page(completed.response.body()) else {
            return Ok(Next::End);
        };
        self.empty = if page.count == 0 { self.empty + 1 } else { 0 };
        if self.empty > MOST_EMPTY_PAGES {
            return Ok(Next::Stuck(stuck_error(
                completed,
                "the server sends only empty pages",
            )));
        }
        // An empty page ends lists other than those by URL, even if it has `has_more`.
        let ends = !page.has_more || page.count == 0;
        let mark = match self.style {
            Style::Cursor | Style::Token if ends => return Ok(Next::End),
            Style::Cursor if self.backward => page.first_id,
            Style::Cursor => page.last_id,
            Style::Token => page.next_page,
            Style::Url if page.next_page_url.is_none() => return Ok(Next::End),
            Style::Url => page.next_page_url,
        };
        let Some(mark) = mark else {
            return Ok(Next::Stuck(stuck_error(
                completed,
                "there are more items, but the page has no cursor or token",
            )));
        };
        if !self.used.insert(mark.clone()) {
            let error = stuck_error(completed, "the server repeats a page");
            // A repeated cursor belongs to items that were received before.
            return if self.style == Style::Cursor {
                Err(error)
            } else {
                Ok(Next::Stuck(error))
            };
        }
        match self.style {
            Style::Cursor if self.backward => set_mark(&mut prepared, "ending_before", &mark),
            Style::Cursor => set_mark(&mut prepared, "starting_after", &mark),
            Style::Token => set_mark(&mut prepared, "page", &mark),
            Style::Url => {
                if !prepared.set_url(self.client.defaults(), &mark) {
                    return Ok(Next::Stuck(stuck_error(
                        completed,
                        "the next page is on another host",
                    )));
                }
            }
        }
        Ok(Next::Page(prepared))
    }
}

fn set_mark(prepared: &mut PreparedRequest, key: &str, value: &str) {
    prepared.set_param(key, &value.to_owned());
}

/// The error of a list that cannot be continued, with its last page as the response.
fn stuck_error(completed: &CompletedCall, why: &str) -> Error {
    let text = format!("{}: {why}", ErrorKind::Pagination.description());
    completed.page_error(Error::new(ErrorKind::Pagination, text))
}

impl fmt::Debug for Walk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Walk")
            .field("style", &self.style)
            .field("backward", &self.backward)
            .field("pages", &self.used.len())
            .finish_non_exhaustive()
    }
}
