//! Names of event types: a constant each, and a variant for those with a snapshot.
//!
//! `invoice.paid` is `INVOICE_PAID` in the module of constants, and `InvoicePaid` in the enum of
//! all events. They have scopes of their own, because types may have the same name
//! (`issuing_authorization.request`). The lock records the constants.

use std::collections::{BTreeMap, HashMap};

use super::scope::{Ident, NameCase, NameScope};
use super::table::{EventNames, NameTable};
use super::words::Words;
use crate::lock::Lock;
use crate::model::{EventType, Model};

/// The module of constants for events with a snapshot, below that of events.
const KINDS: &str = "kinds";
/// The module of constants for notifications.
const NOTIFICATION_KINDS: &str = "notification_kinds";

/// Names every type of events.
pub(super) fn name_events(model: &Model, lock: &Lock, table: &mut NameTable) {
    let Some(events) = &model.events else {
        return;
    };
    let mut variants = NameScope::new(NameCase::Pascal).with_reserved(&["Unknown"]);
    table.events = name_constants(&events.types, KINDS, lock)
        .into_iter()
        .map(|constant| EventNames {
            variant: variants.claim_name(&Words::from_wire(constant.as_str())),
            constant,
        })
        .collect();
    table.notifications = name_constants(&events.notifications, NOTIFICATION_KINDS, lock);
}

/// The lock entries of event types.
pub(super) fn event_lock_entries(model: &Model, table: &NameTable) -> BTreeMap<String, String> {
    let Some(events) = &model.events else {
        return BTreeMap::new();
    };
    let snapshots = table.events.iter().map(|names| &names.constant);
    let snapshots = snapshots.zip(&events.types).map(|pair| (KINDS, pair));
    let notifications = table.notifications.iter().zip(&events.notifications);
    let notifications = notifications.map(|pair| (NOTIFICATION_KINDS, pair));
    snapshots
        .chain(notifications)
        .map(|(module, (constant, event))| {
            (constant_path(module, constant.as_str()), event.name.clone())
        })
        .collect()
}

/// Names the constants of a module. Locked names come first, so that a new type cannot take one.
fn name_constants(types: &[EventType], module: &str, lock: &Lock) -> Vec<Ident> {
    let mut scope = NameScope::new(NameCase::Screaming);
    let locked = lock.events.iter().filter_map(|(path, wire)| {
        let name = path.strip_prefix(module)?.strip_prefix("::")?;
        Some((wire.as_str(), name))
    });
    let locked: HashMap<&str, &str> = locked.collect();
    let kept: Vec<Option<Ident>> = types
        .iter()
        .map(|event| scope.claim_locked(locked.get(event.name.as_str())?))
        .collect();
    let named = types.iter().zip(kept);
    named
        .map(|(event, kept)| {
            kept.unwrap_or_else(|| scope.claim_name(&Words::from_wire(&event.name)))
        })
        .collect()
}

fn constant_path(module: &str, constant: &str) -> String {
    format!("{module}::{constant}")
}
