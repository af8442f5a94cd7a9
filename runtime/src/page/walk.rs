//! Going from page to page, without types: which request comes next, and when it is over.

use std::collections::HashSet;
use std::fmt;
use std::task::{Context, Poll, ready};

use super::outline::Outline;
use crate::call::Draft;
use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind};
use crate::execute::Answer;
use crate::idempotency::IdempotencyKey;

/// Lists by URL may have empty pages on the way to more; this many in a row are taken for a fault.
const MOST_EMPTY_PAGES: u32 = 100;

/// How the page after a page is found.
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
    Page(Box<Draft>),
    /// There would be more, but it cannot be reached.
    Stuck(Error),
    /// Nothing.
    End,
}

/// A walk through the pages of one list.
pub(super) struct Walk {
    style: Style,
    backward: bool,
    /// What follows the last page that was asked for.
    next: Next,
    /// The request that is on its way, as it was sent.
    current: Option<Box<Draft>>,
    sending: Option<BoxFuture<'static, Result<Answer, Error>>>,
    /// Pages in a row that had no items.
    empty: u32,
    /// The cursors and URLs that were used: none may come again.
    used: HashSet<String>,
}

impl Walk {
    pub(super) fn new(style: Style, first: Box<Draft>) -> Self {
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
            style,
            backward,
            next: Next::Page(first),
            current: None,
            sending: None,
            empty: 0,
            used,
        }
    }

    pub(super) fn is_backward(&self) -> bool {
        self.backward
    }

    /// The request that is on its way or comes next.
    fn request(&self) -> Option<&Draft> {
        match (&self.current, &self.next) {
            (Some(draft), _) | (None, Next::Page(draft)) => Some(draft),
            _ => None,
        }
    }

    /// Ends the walk: there are no more pages.
    pub(super) fn end(&mut self) {
        self.next = Next::End;
        self.current = None;
        self.sending = None;
    }

    /// The next page, not decoded, and prepares for the one after it.
    pub(super) fn poll_page(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Answer, Error>>> {
        if self.sending.is_none() {
            match std::mem::replace(&mut self.next, Next::End) {
                Next::Page(draft) => {
                    self.current = Some(draft.clone());
                    self.sending = Some(draft.send());
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
        Poll::Ready(Some(result.and_then(|answer| {
            if let Some(draft) = current {
                self.next = self.after(&answer, draft)?;
            }
            Ok(answer)
        })))
    }

    /// What follows a page. An error here means that the page itself must not be used.
    fn after(&mut self, answer: &Answer, mut draft: Box<Draft>) -> Result<Next, Error> {
        // A page that cannot be read is reported by its decoder, which knows its type.
        let Ok(page) = Outline::read(answer.response.body()) else {
            return Ok(Next::End);
        };
        self.empty = if page.count == 0 { self.empty + 1 } else { 0 };
        if self.empty > MOST_EMPTY_PAGES {
            return Ok(Next::Stuck(stuck(
                answer,
                "the server sends nothing but empty pages",
            )));
        }
        // An empty page ends lists other than those by URL, whatever it says.
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
            return Ok(Next::Stuck(stuck(
                answer,
                "there is more, but no way to it is given",
            )));
        };
        if !self.used.insert(mark.clone()) {
            let error = stuck(answer, "the server repeats a page");
            // A cursor that comes again was taken from items that came before.
            return if self.style == Style::Cursor {
                Err(error)
            } else {
                Ok(Next::Stuck(error))
            };
        }
        match self.style {
            Style::Cursor if self.backward => set(&mut draft, "ending_before", &mark),
            Style::Cursor => set(&mut draft, "starting_after", &mark),
            Style::Token => set(&mut draft, "page", &mark),
            Style::Url => {
                if !draft.point_at(&mark) {
                    return Ok(Next::Stuck(stuck(
                        answer,
                        "the next page is on another host",
                    )));
                }
            }
        }
        Ok(Next::Page(draft))
    }
}

fn set(draft: &mut Draft, key: &str, value: &str) {
    draft.set_param(key, &value.to_owned());
}

/// The error of a list that cannot be continued, with the page that says so.
fn stuck(answer: &Answer, why: &str) -> Error {
    let text = format!("{}: {why}", ErrorKind::Pagination.description());
    let key = answer.key.as_ref().map(IdempotencyKey::as_str);
    Error::new(ErrorKind::Pagination, text)
        .with_response(answer.response.clone())
        .with_call(answer.label(), key, answer.attempts)
}

impl fmt::Debug for Walk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Walk")
            .field("style", &self.style)
            .field("backward", &self.backward)
            .field("request", &self.request())
            .field("pages", &self.used.len())
            .finish_non_exhaustive()
    }
}
