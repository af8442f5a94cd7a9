//! Reads the section about events.

use indexmap::IndexMap;

use super::super::sections::{EnvelopeText, EventsText};
use super::super::{DialectEntry, EnvelopeAddresses, EventTable, SchemaAddress};
use super::DialectReader;
use crate::diag::{Code, SpecPath};

impl DialectReader<'_> {
    pub(super) fn read_events(&mut self, text: EventsText, at: &SpecPath) {
        let Some(types) = text.types else {
            self.report_events(at, "`types` says where the types are listed");
            return;
        };
        let Some(types) = self.add_address(&at.child("types"), types) else {
            return;
        };
        let has_notifications = [&text.list_notifications, &text.retrieve_notification];
        let stated = has_notifications.iter().filter(|o| o.is_some()).count();
        if stated == 1 || (stated == 2 && text.list.is_none()) {
            self.report_events(
                at,
                "`list_notifications` and `retrieve_notification` need each other and `list`",
            );
        }
        let endpoint = text
            .endpoint
            .and_then(|text| self.add_address(&at.child("endpoint"), text));
        let envelope = text
            .envelope
            .and_then(|text| self.read_envelope(text, &at.child("envelope")));
        self.dialect.events = Some(EventTable {
            types,
            wildcard: self.add_optional_text(&at.child("wildcard"), text.wildcard),
            objects: Vec::new(),
            notifications: Vec::new(),
            list: self.add_optional_text(&at.child("list"), text.list),
            list_notifications: self
                .add_optional_text(&at.child("list_notifications"), text.list_notifications),
            retrieve_notification: self.add_optional_text(
                &at.child("retrieve_notification"),
                text.retrieve_notification,
            ),
            endpoint,
            envelope,
        });
        self.add_event_objects(text.objects, &at.child("objects"));
        self.add_notifications(text.notifications, &at.child("notifications"));
    }

    /// Under `versions` there are only more types.
    pub(super) fn read_more_events(&mut self, text: EventsText, at: &SpecPath) {
        self.add_event_objects(text.objects, &at.child("objects"));
    }

    fn report_events(&mut self, at: &SpecPath, why: &str) {
        self.sink.report(Code::DialectSyntax, at, why);
    }

    fn add_address(&mut self, at: &SpecPath, text: String) -> Option<DialectEntry<SchemaAddress>> {
        let address = self.parse_address(at, &text)?;
        Some(self.add_entry(at.clone(), text, address))
    }

    fn read_envelope(
        &mut self,
        text: EnvelopeText,
        at: &SpecPath,
    ) -> Option<DialectEntry<EnvelopeAddresses>> {
        let all = [
            self.parse_address(&at.child("type"), &text.type_),
            self.parse_address(&at.child("object"), &text.object),
            self.parse_address(&at.child("previous"), &text.previous),
        ];
        let [Some(type_), Some(object), Some(previous)] = all else {
            return None;
        };
        let envelope = EnvelopeAddresses {
            type_,
            object,
            previous,
        };
        Some(self.add_entry(at.clone(), "envelope", envelope))
    }

    fn add_event_objects(&mut self, objects: IndexMap<String, Vec<String>>, at: &SpecPath) {
        for (types, tags) in objects {
            let entry = self.add_entry(at.child(&types), types.clone(), (types, tags));
            if let Some(events) = &mut self.dialect.events {
                events.objects.push(entry);
            }
        }
    }

    fn add_notifications(&mut self, types: IndexMap<String, String>, at: &SpecPath) {
        for (name, tag) in types {
            let tag = Some(tag).filter(|tag| !tag.is_empty());
            let entry = self.add_entry(at.child(&name), name.clone(), (name, tag));
            if let Some(events) = &mut self.dialect.events {
                events.notifications.push(entry);
            }
        }
    }
}
