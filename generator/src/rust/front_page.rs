//! The front page of a generated crate's documentation.

use proc_macro2::TokenStream;

use super::context::FileContext;
use super::docs;
use super::example;
use crate::model::{ModuleId, Operation, OperationId};

/// The optional crates of the runtime that a generated crate exports, with what each is for. The
/// feature is named like the crate.
pub(super) const SATELLITES: [(&str, &str); 6] = [
    ("testing", "Test without the network"),
    ("blocking", "Call without async"),
    ("journal", "Resume writes after a crash"),
    ("fleet", "Share limits and pending writes between processes"),
    ("observe", "Get alerts, log redacted bodies"),
    ("oauth", "Connect accounts of others by OAuth"),
];

/// The docs of `lib.rs`: what the crate is, a first call, and where to find what.
pub(super) fn front_page_docs(cx: &FileContext<'_>) -> TokenStream {
    let summary = format!(
        "Typed calls for the {} {}: {} operations.",
        cx.model.title,
        cx.model.version,
        cx.model.operations().count()
    );
    let mut lines = vec![summary, String::new()];
    lines.extend(first_call(cx));
    lines.extend(map_of_tasks(cx));
    let overview = [
        "",
        "[`Client`] has a method for every service; completion from `client.` finds every call. A",
        "call is a [`Call`]: it takes options such as `.idempotency_key(…)` and `.deadline(…)`, and is",
        "sent by `.await`. What fails is an [`Error`].",
        "",
        "Objects that calls return are in [`resources`], what several of them share in [`shared`],",
        "parameter objects that several services share in [`params`]; everything else is in the",
        "module of its service. Fields that the crate does not know are in `extra`.",
        "",
        "A field that is an `Option` is `None` if a response has `null` for it or leaves it out.",
    ];
    let lists = [
        "",
        "A long list is read by `.items()` of the call that lists, and continued after a crash by",
        "a [`page::PageCursor`].",
    ];
    let overview = overview.into_iter().chain(usual_absence(cx)).chain(lists);
    lines.extend(overview.map(str::to_owned));
    docs::inner_docs(cx, &lines)
}

/// Which of the two the document allows for a field whose own documentation does not say it; `None` if
/// no response has an optional field.
fn usual_absence(cx: &FileContext<'_>) -> Option<&'static str> {
    let usual = cx.model.usual_absence;
    match (usual.null, usual.left_out) {
        (true, true) => Some(
            "The API's document allows both unless the documentation of the field states which.",
        ),
        (true, false) => Some(
            "The API's document allows only the former unless the documentation of the field states otherwise.",
        ),
        (false, true) => Some(
            "The API's document allows only the latter unless the documentation of the field states otherwise.",
        ),
        (false, false) => None,
    }
}

/// The example of the first task, or of the first operation.
fn first_call(cx: &FileContext<'_>) -> Vec<String> {
    let tasks = cx.model.facts.docs.tasks.iter();
    let mut operations = tasks.filter_map(|(_, operation)| find_operation(cx, operation));
    let first = operations.next().map(|(id, _)| id);
    let first = first.or_else(|| cx.model.operations().next().map(|(id, _)| id));
    let lines = first.and_then(|id| example::first_program(cx, id));
    lines.unwrap_or_default()
}

/// A table that leads from tasks to calls and types.
fn map_of_tasks(cx: &FileContext<'_>) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        "| task | begins with |".to_owned(),
        "|---|---|".to_owned(),
    ];
    for (task, operation) in &cx.model.facts.docs.tasks {
        let Some((id, operation)) = find_operation(cx, operation) else {
            continue;
        };
        let path = cx
            .names
            .module_path(cx.model, ModuleId::Service(operation.service));
        let method = &cx.names.operation(id).method;
        let handle = &cx.names.service(operation.service).handle;
        let call = format!("client.{}().{method}", path.join("()."));
        let link = format!("{}::{handle}::{method}", path.join("::"));
        lines.push(format!("| {task} | [`{call}`]({link}) |"));
    }
    let mut rows = vec![
        (
            "Configure time limits, retries, rate limits",
            "[`Client::builder`], [`ClientBuilder`]",
        ),
        ("Handle errors", "[`Error`], [`error`]"),
        (
            "Make a call that this crate does not have",
            "[`Client`], `.raw(…)`",
        ),
    ];
    let satellites = SATELLITES.map(|(name, task)| {
        let place = format!("`{name}` (feature `{name}`)");
        format!("| {task} | {place} |")
    });
    if cx.model.events.is_some() {
        rows.insert(0, ("Receive webhooks", "`webhooks` (feature `webhook`)"));
    }
    lines.extend(
        rows.iter()
            .map(|(task, place)| format!("| {task} | {place} |")),
    );
    lines.extend(satellites);
    lines
}

fn find_operation<'m>(cx: &FileContext<'m>, title: &str) -> Option<(OperationId, &'m Operation)> {
    let (method, path) = title.split_once(' ')?;
    let mut operations = cx.model.operations();
    operations.find(|(_, operation)| operation.method.as_str() == method && operation.path == path)
}
