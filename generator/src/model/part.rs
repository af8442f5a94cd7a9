//! A part of a model. Everything is decided before a part is chosen, so that what is in it is equal
//! in all parts and in the whole.

use super::description::{Events, Model, ModelPart};
use super::types::{OperationId, ServiceId};

/// Keeps the items whose mark is set.
pub fn keep_marked<T>(items: &mut Vec<T>, marks: &[bool]) {
    let mut marks = marks.iter();
    items.retain(|_| marks.next().copied().unwrap_or_default());
}

impl Model {
    /// Restricts what is generated.
    pub fn restrict_to(&mut self, part: ModelPart) {
        for service in &mut self.services {
            service.operations.retain(|id| part.operations.contains(id));
            service.children.retain(|id| part.services.contains(id));
        }
        if let Some(events) = &mut self.events {
            restrict_events(events, &part);
        }
        self.error_objects.retain(|(_, ty)| part.types.contains(ty));
        self.part = Some(part);
    }

    /// Whether a service leads to an operation. In a part of an API it may be a module of types
    /// alone.
    pub fn has_calls(&self, id: ServiceId) -> bool {
        let service = self.service(id);
        let mut children = service.children.iter();
        !service.operations.is_empty() || children.any(|child| self.has_calls(*child))
    }
}

/// Keeps what the events have in a part.
fn restrict_events(events: &mut Events, part: &ModelPart) {
    keep_marked(&mut events.types, &part.events);
    keep_marked(&mut events.notifications, &part.notifications);
    let has = |id: &OperationId| part.operations.contains(id);
    events.list = events.list.filter(has);
    let pair = events.notification_operations;
    events.notification_operations = pair.filter(|(list, retrieve)| has(list) && has(retrieve));
    events.endpoint = events.endpoint.filter(|endpoint| has(&endpoint.operation));
    let envelope = events.envelope.take();
    events.envelope = envelope.filter(|envelope| part.types.contains(&envelope.ty));
}
