//! Writes: which carry an idempotency key.

use super::InitFacts;
use super::text::{DialectText, count_of, quote_list};
use crate::api::{Api, Endpoint};

/// The patterns of methods whose requests change something, by whether HTTP allows to repeat them.
const UNSAFE: [(&str, &str); 2] = [("POST", "POST /**"), ("PATCH", "PATCH /**")];
const REPEATABLE: [(&str, &str); 2] = [("PUT", "PUT /**"), ("DELETE", "DELETE /**")];

/// Writes which operations carry an idempotency key.
pub(super) fn write_idempotent(out: &mut DialectText, facts: &InitFacts<'_>) {
    let Some(api) = facts.api else {
        out.note("Idempotency keys: nothing can be said before the document can be generated.");
        out.gap();
        return;
    };
    let writes: Vec<&Endpoint> = endpoints_with(api, &UNSAFE).collect();
    let keyed = writes.iter().filter(|it| it.idempotent_key).count();
    let all = count_of(writes.len(), "operation");
    if writes.is_empty() {
        out.note(
            "Idempotency keys: there are no operations with POST or PATCH, so nothing to set.",
        );
        out.gap();
        return;
    }
    if keyed == writes.len() {
        out.note(&format!(
            "Idempotency keys: every operation with POST or PATCH ({keyed}) declares a header for \
             them, so nothing is to be set."
        ));
        out.gap();
        return;
    }
    let header = match keyed {
        0 => "none declares a header `Idempotency-Key`".to_owned(),
        _ => format!("{keyed} declare a header for them and send one without a setting"),
    };
    out.note(&format!(
        "Idempotency keys: of {all} with POST or PATCH, {header}. Requests without a key are not \
         repeated after an error that leaves open whether they were executed, because a second one may \
         create something twice."
    ));
    out.guess(
        "the patterns are those of all such operations. State `idempotent` only if the API documents \
         that it reads the header `Idempotency-Key`: a server that ignores it executes \
         repeated requests twice. A setting replaces what is done without one: requests with PUT and \
         DELETE are then repeated only if `repeatable` or `idempotent` lists them.",
    );
    let present = |patterns: &[(&'static str, &'static str)]| {
        let used = patterns.iter().filter(|pattern| {
            let mut found = endpoints_with(api, std::slice::from_ref(pattern));
            found.next().is_some()
        });
        let used: Vec<&'static str> = used.map(|(_, pattern)| *pattern).collect();
        used
    };
    let keys = quote_list(present(&UNSAFE));
    out.switch_off(&format!("idempotent = {keys}"));
    let repeatable = present(&REPEATABLE);
    if !repeatable.is_empty() {
        let repeatable = quote_list(repeatable);
        out.switch_off(&format!("repeatable = {repeatable}"));
    }
    out.gap();
}

fn endpoints_with<'a>(
    api: &'a Api,
    patterns: &'a [(&str, &str)],
) -> impl Iterator<Item = &'a Endpoint> {
    let is_wanted = |endpoint: &&Endpoint| {
        let mut methods = patterns.iter().map(|(method, _)| *method);
        methods.any(|method| method == endpoint.method.as_str())
    };
    api.endpoints.iter().filter(is_wanted)
}
