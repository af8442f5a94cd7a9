//! Pagination without types: which request is next, and when the list ends.

use std::collections::HashSet;
use std::fmt;
use std::task::{Context, Poll, ready};

use wire::page::{PageOutline, next_link};

use super::cursor::{CursorFields, CursorKind, PageCursor, Position};
use crate::client::Client;
use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind};
use crate::execute::CompletedCall;
use crate::operation::{PageSpec, PageStyle};
use crate::request::PreparedRequest;

/// Lists by token or URL may have empty pages before further items, and items that are no objects
/// may be equal; so many such pages in a row are an error.
const MOST_EMPTY_PAGES: u32 = 100;

const REPEATED: &str = "the server repeats a page";

/// What follows a page.
enum Next {
    /// Another page, by this request.
    Page(PageRequest),
    /// There are more pages, but they cannot be requested.
    Stuck(Error),
    /// No further page.
    End,
}

/// The request of a page.
struct PageRequest {
    prepared: Box<PreparedRequest>,
    /// What it says about the page; `None` for the first one.
    mark: Option<String>,
}

/// The page that was returned last.
struct LastPage {
    mark: Option<String>,
    ids: Vec<Option<String>>,
    digest: Option<u64>,
    /// The mark of the page after it, if there is one that can be requested.
    next_mark: Option<String>,
    /// Whether the server says that there is no page after it.
    is_last: bool,
}

/// The state of the pagination of one list.
pub(super) struct Walk {
    client: Client,
    spec: PageSpec,
    pub(super) backward: bool,
    /// The operation's id and a hash of what tells its lists apart.
    list: (String, u64),
    /// Where the walk begins.
    start: Position,
    /// What follows the last page that was requested.
    next: Next,
    /// The request in flight, as it was sent.
    current: Option<PageRequest>,
    sending: Option<BoxFuture<'static, Result<CompletedCall, Error>>>,
    last: Option<LastPage>,
    /// How many items of the next page come before the position of the cursor.
    skipped: usize,
    /// Pages in a row that had no items.
    empty: u32,
    /// Pages in a row that had the same items as the one before.
    same: u32,
    /// The number of items of the longest page.
    longest: usize,
    /// The cursors and URLs that were used; a repeated one is an error.
    used: HashSet<String>,
}

impl Walk {
    pub(super) fn new(spec: PageSpec, client: Client, first: Box<PreparedRequest>) -> Self {
        let given = |key: &str| {
            first
                .params
                .query_value(key)
                .filter(|value| !value.is_empty())
        };
        let backward = spec.style == PageStyle::ItemId
            && given("ending_before").is_some()
            && given("starting_after").is_none();
        let mark = page_parameter(spec.style, backward).and_then(given);
        let list = first.list_identity();
        let start = Position::at_page(mark.clone());
        let used = mark.iter().cloned().collect();
        Self {
            client,
            spec,
            backward,
            list,
            start,
            used,
            next: Next::Page(PageRequest {
                prepared: first,
                mark,
            }),
            current: None,
            sending: None,
            last: None,
            skipped: 0,
            empty: 0,
            same: 0,
            longest: 0,
        }
    }

    /// Ends the walk: there are no more pages.
    pub(super) fn end_walk(&mut self) {
        self.next = Next::End;
        self.current = None;
        self.sending = None;
    }

    /// Ends the walk before the page that was just read, because it cannot be decoded.
    pub(super) fn reject_page(&mut self) {
        self.end_walk();
        if let Some(last) = self.last.take() {
            let begins_here =
                matches!(&self.start, Position::Within { mark, .. } if *mark == last.mark);
            if !begins_here {
                self.start = Position::at_page(last.mark);
            }
        }
    }

    /// How many items of the page that was just returned come before the position of the cursor
    /// that the walk was resumed from.
    pub(super) fn take_skipped(&mut self) -> usize {
        std::mem::take(&mut self.skipped)
    }

    /// The place in the list before the last `remaining` items of the last page.
    pub(super) fn cursor_before(&self, remaining: usize) -> PageCursor {
        PageCursor::new(&CursorFields {
            kind: CursorKind::of_style(self.spec.style, self.backward),
            operation: self.list.0.clone(),
            list: self.list.1,
            position: self.position_before(remaining),
        })
    }

    fn position_before(&self, remaining: usize) -> Position {
        let Some(last) = &self.last else {
            return self.start.clone();
        };
        let count = last.ids.len();
        let read = count.saturating_sub(remaining);
        let is_complete = read == count;
        let index = if self.backward {
            count - read
        } else {
            read.wrapping_sub(1)
        };
        let id = last.ids.get(index).cloned().flatten();
        match (id, &last.next_mark) {
            (_, Some(mark)) if is_complete => Position::at_page(Some(mark.clone())),
            (Some(id), _) if self.spec.style == PageStyle::ItemId && read > 0 => {
                Position::at_page(Some(id))
            }
            _ if is_complete && last.is_last => Position::End,
            _ if matches!(self.spec.style, PageStyle::Offset { .. }) => {
                let before = count_of_mark(last.mark.as_deref(), 0).unwrap_or_default();
                Position::at_page(Some(before.saturating_add(read as u64).to_string()))
            }
            (after, _) => Position::Within {
                mark: last.mark.clone(),
                skip: read,
                after,
            },
        }
    }

    /// Continues at a cursor. If that is not possible, the walk fails when it is polled.
    pub(super) fn resume_at(&mut self, cursor: &PageCursor) {
        let next = std::mem::replace(&mut self.next, Next::End);
        let result = match next {
            Next::Page(request) if self.last.is_none() && self.sending.is_none() => {
                let label = request.prepared.call_label();
                self.request_at(cursor, request)
                    .map_err(|text| Error::build(text).with_call(label, None, 0))
            }
            Next::Stuck(error) => Err(error),
            _ => Err(Error::build(
                "the list has been read from already: resume it before its first item",
            )),
        };
        self.next = result.unwrap_or_else(Next::Stuck);
    }

    fn request_at(&mut self, cursor: &PageCursor, first: PageRequest) -> Result<Next, String> {
        let fields = cursor.fields();
        let fields = fields.ok_or("this text is no page cursor of this version")?;
        let kinds = [false, true].map(|way| CursorKind::of_style(self.spec.style, way));
        if fields.operation != self.list.0 || !kinds.contains(&fields.kind) {
            let (known, own) = (fields.operation, &self.list.0);
            return Err(format!("the page cursor is of {known}, not of {own}"));
        }
        if fields.list != self.list.1 {
            return Err(
                "the page cursor is of a list of this operation with another path, account \
                 or filter: set what was set when it was made"
                    .to_owned(),
            );
        }
        let backward = fields.kind == CursorKind::Backward;
        if backward != self.backward && first.mark.is_some() {
            return Err(
                "the page cursor is of a list in the other direction: check \
                 `starting_after` and `ending_before`"
                    .to_owned(),
            );
        }
        self.backward = backward;
        self.start = fields.position;
        let Position::Within { mark, .. } = &self.start else {
            return Ok(Next::End);
        };
        let mark = mark.clone();
        let mut prepared = first.prepared;
        if let Some(mark) = mark.as_deref().filter(|_| mark != first.mark) {
            self.used.insert(mark.to_owned());
            if !self.set_mark(&mut prepared, mark) {
                return Err("the page cursor names a page on another host".to_owned());
            }
        }
        Ok(Next::Page(PageRequest { prepared, mark }))
    }

    /// Polls for the next page, not decoded, and prepares the request of the one after it.
    pub(super) fn poll_page(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<CompletedCall, Error>>> {
        if self.sending.is_none() {
            match std::mem::replace(&mut self.next, Next::End) {
                Next::Page(request) => {
                    self.sending = Some(self.client.send_prepared(request.prepared.clone()));
                    self.current = Some(request);
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
            if let Some(request) = current {
                self.next = self.next_after(&completed, request)?;
            }
            Ok(completed)
        })))
    }

    /// What follows a page. An error here means that the page itself must not be used.
    fn next_after(
        &mut self,
        completed: &CompletedCall,
        request: PageRequest,
    ) -> Result<Next, Error> {
        let stuck = |why: &str| stuck_error(completed, why);
        let page = match self.outline_of(completed) {
            Ok(page) => page,
            // If the page cannot be decoded to its type either, that is the error to report.
            Err(why) => {
                self.last = None;
                self.start = Position::at_page(request.mark);
                return Ok(Next::Stuck(stuck(why)));
            }
        };
        let skipped = self.skipped_in(&page).map_err(&stuck)?;
        let (mark, is_last) = self.mark_after(&page, &request).map_err(&stuck)?;
        if self.repeats_page(&page, mark.as_deref()) {
            return Err(stuck(REPEATED));
        }
        self.longest = self.longest.max(page.ids.len());
        self.skipped = skipped;
        self.empty = if page.ids.is_empty() {
            self.empty + 1
        } else {
            0
        };
        let next = self.request_after(mark.as_deref(), request.prepared);
        self.last = Some(LastPage {
            mark: request.mark,
            ids: page.ids,
            digest: page.digest,
            next_mark: mark.filter(|_| matches!(next, Ok(Some(_)))),
            is_last,
        });
        Ok(match next {
            _ if is_last => Next::End,
            Ok(Some(request)) => Next::Page(request),
            Ok(None) => Next::Stuck(stuck(
                "there are more items, but the page has no cursor or token",
            )),
            Err(why) => Next::Stuck(stuck(why)),
        })
    }

    fn outline_of(&self, completed: &CompletedCall) -> Result<PageOutline, &'static str> {
        let page = PageOutline::read_page(completed.response.body(), &self.spec);
        let why = "the fields of the page that say how the list continues cannot be read";
        let mut page = page.map_err(|_| why)?;
        if self.spec.style == PageStyle::Link {
            page.next = next_link(completed.response.headers())?;
        }
        Ok(page)
    }

    /// How many items of the page come before the position that the walk was resumed from.
    fn skipped_in(&self, page: &PageOutline) -> Result<usize, &'static str> {
        match &self.start {
            Position::Within { skip, after, .. } if self.last.is_none() => {
                let Some(after) = after else { return Ok(*skip) };
                let is_it = |id: &Option<String>| id.as_ref() == Some(after);
                let stays = page.ids.get(skip.wrapping_sub(1)).is_some_and(is_it);
                let found = page.ids.iter().position(is_it).map(|index| index + 1);
                found.map(|found| if stays { *skip } else { found }).ok_or(
                    "the item before the place of the page cursor is no longer in its page, so it \
                     is not known where to continue",
                )
            }
            _ => Ok(0),
        }
    }

    /// Whether the items of the page were received before: its last one is the cursor of an earlier
    /// request, or the page is the same as the one before although its number is another. Items that
    /// are no objects may be equal, but not those of so many pages in a row.
    fn repeats_page(&mut self, page: &PageOutline, mark: Option<&str>) -> bool {
        let last = self.last.as_ref().and_then(|last| last.digest);
        let has_same_items = !page.ids.is_empty() && page.digest.is_some() && page.digest == last;
        self.same = if has_same_items { self.same + 1 } else { 0 };
        let most = if page.has_values { MOST_EMPTY_PAGES } else { 0 };
        let is_used = mark.is_some_and(|mark| self.used.contains(mark));
        self.same > most || self.spec.style == PageStyle::ItemId && is_used
    }

    /// What the next page is requested with, and whether there is none.
    fn mark_after(
        &self,
        page: &PageOutline,
        request: &PageRequest,
    ) -> Result<(Option<String>, bool), &'static str> {
        let id = |id: Option<&Option<String>>| id.cloned().flatten();
        let count = page.ids.len();
        let reached = |number: u64| page.total.is_some_and(|total| number >= total);
        let mark = request.mark.as_deref();
        let has_more = page.has_more == Some(true);
        let (mark, is_last) = match self.spec.style {
            PageStyle::ItemId if self.backward => (id(page.ids.first()), !has_more),
            PageStyle::ItemId => (id(page.ids.last()), !has_more),
            // An absent list is no empty one: it would end the walk too early.
            PageStyle::Offset { .. } | PageStyle::Number { .. } if !page.has_items => {
                return Err("the page does not have the field of its items");
            }
            PageStyle::Offset { .. } => {
                let next = count_of_mark(mark, 0)?.saturating_add(count as u64);
                let is_short = page.total.is_none() && !has_more && count < self.longest;
                (
                    Some(next.to_string()),
                    count == 0 || is_short || reached(next),
                )
            }
            PageStyle::Number { first, .. } => {
                let next = count_of_mark(mark, first)?.saturating_add(1);
                let is_last = count == 0 || reached(next.saturating_sub(first));
                (Some(next.to_string()), is_last)
            }
            PageStyle::Cursor { .. } => (page.next.clone(), page.next.is_none() && !has_more),
            _ => {
                let url = page.next.as_deref();
                let url = url.map(|url| request.prepared.strip_credential(url));
                (url, page.next.is_none() && !has_more)
            }
        };
        let is_last = is_last || page.has_more == Some(false);
        Ok((mark.filter(|_| !is_last), is_last))
    }

    /// The request of the page with a mark; nothing without a mark.
    fn request_after(
        &mut self,
        mark: Option<&str>,
        mut prepared: Box<PreparedRequest>,
    ) -> Result<Option<PageRequest>, &'static str> {
        let Some(mark) = mark else { return Ok(None) };
        if self.empty > MOST_EMPTY_PAGES {
            return Err("the server sends only empty pages");
        }
        if !self.used.insert(mark.to_owned()) {
            return Err(REPEATED);
        }
        if !self.set_mark(&mut prepared, mark) {
            return Err("the next page is on another host");
        }
        let mark = Some(mark.to_owned());
        Ok(Some(PageRequest { prepared, mark }))
    }

    /// Requests the page with this mark. Returns whether that is possible.
    fn set_mark(&self, prepared: &mut PreparedRequest, mark: &str) -> bool {
        let Some(key) = page_parameter(self.spec.style, self.backward) else {
            return prepared.set_url(self.client.defaults(), mark);
        };
        prepared.set_param(key, &mark.to_owned());
        true
    }
}

/// The parameter that requests a page; `None` if that is a URL.
fn page_parameter(style: PageStyle, backward: bool) -> Option<&'static str> {
    match style {
        PageStyle::ItemId if backward => Some("ending_before"),
        PageStyle::ItemId => Some("starting_after"),
        PageStyle::Cursor { parameter, .. }
        | PageStyle::Offset { parameter, .. }
        | PageStyle::Number { parameter, .. } => Some(parameter),
        _ => None,
    }
}

/// The number of a page, or of the items before it.
fn count_of_mark(mark: Option<&str>, first: u64) -> Result<u64, &'static str> {
    let number = mark.map_or(Ok(first), str::parse);
    number.map_err(|_| "the parameter that requests the page is no number")
}

/// The error of a list that cannot be continued, with its last page as the response.
fn stuck_error(completed: &CompletedCall, why: &str) -> Error {
    let text = format!("{}: {why}", ErrorKind::Pagination.description());
    completed.response_error(Error::new(ErrorKind::Pagination, text))
}

impl fmt::Debug for Walk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Walk")
            .field("style", &self.spec.style)
            .field("backward", &self.backward)
            .field("pages", &self.used.len())
            .finish_non_exhaustive()
    }
}
