//! The section about events.

use indexmap::IndexMap;

use super::super::sections::{EnvelopeText, EventsText};
use super::super::{Entry, EventEnvelope, EventTable, Site};
use super::Reader;
use crate::diag::{Code, SpecPath};

impl Reader<'_> {
    pub(super) fn events(&mut self, text: EventsText, at: &SpecPath) {
        let Some(types) = text.types else {
            self.refuse_events(at, "`types` says where the types are listed");
            return;
        };
        let Some(types) = self.site_entry(&at.child("types"), types) else {
            return;
        };
        let has_notifications = [&text.list_notifications, &text.retrieve_notification];
        let stated = has_notifications.iter().filter(|o| o.is_some()).count();
        if stated == 1 || (stated == 2 && text.list.is_none()) {
            self.refuse_events(
                at,
                "`list_notifications` and `retrieve_notification` need each other and `list`",
            );
        }
        let endpoint = text
            .endpoint
            .and_then(|text| self.site_entry(&at.child("endpoint"), text));
        let envelope = text
            .envelope
            .and_then(|text| self.envelope(text, &at.child("envelope")));
        self.dialect.events = Some(EventTable {
            types,
            wildcard: self.one(&at.child("wildcard"), text.wildcard),
            objects: Vec::new(),
            notifications: Vec::new(),
            list: self.one(&at.child("list"), text.list),
            list_notifications: self.one(&at.child("list_notifications"), text.list_notifications),
            retrieve_notification: self.one(
                &at.child("retrieve_notification"),
                text.retrieve_notification,
            ),
            endpoint,
            envelope,
        });
        self.event_objects(text.objects, &at.child("objects"));
        self.notifications(text.notifications, &at.child("notifications"));
    }

    /// Under `older` there can only be types that the document of today does not have.
    pub(super) fn older_events(&mut self, text: EventsText, at: &SpecPath) {
        self.event_objects(text.objects, &at.child("objects"));
    }

    fn refuse_events(&mut self, at: &SpecPath, why: &str) {
        self.sink.report(Code::DialectSyntax, at, why);
    }

    fn site_entry(&mut self, at: &SpecPath, text: String) -> Option<Entry<Site>> {
        let site = self.site(at, &text)?;
        Some(self.entry(at.clone(), text, site))
    }

    fn envelope(&mut self, text: EnvelopeText, at: &SpecPath) -> Option<Entry<EventEnvelope>> {
        let all = [
            self.site(&at.child("type"), &text.type_),
            self.site(&at.child("object"), &text.object),
            self.site(&at.child("previous"), &text.previous),
        ];
        let [Some(type_), Some(object), Some(previous)] = all else {
            return None;
        };
        let envelope = EventEnvelope {
            type_,
            object,
            previous,
        };
        Some(self.entry(at.clone(), "envelope", envelope))
    }

    fn event_objects(&mut self, objects: IndexMap<String, Vec<String>>, at: &SpecPath) {
        for (types, tags) in objects {
            let entry = self.entry(at.child(&types), types.clone(), (types, tags));
            if let Some(events) = &mut self.dialect.events {
                events.objects.push(entry);
            }
        }
    }

    fn notifications(&mut self, types: IndexMap<String, String>, at: &SpecPath) {
        for (name, tag) in types {
            let tag = Some(tag).filter(|tag| !tag.is_empty());
            let entry = self.entry(at.child(&name), name.clone(), (name, tag));
            if let Some(events) = &mut self.dialect.events {
                events.notifications.push(entry);
            }
        }
    }
}
