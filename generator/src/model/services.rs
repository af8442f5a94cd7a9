//! The service tree.

use super::draft::Draft;
use super::types::{Service, ServiceId};

impl Draft<'_> {
    /// The service at `path`, with every node above it.
    pub(super) fn service(&mut self, path: &[String]) -> ServiceId {
        if let Some(at) = self.services.iter().position(|s| s.path == path) {
            return ServiceId(u32::try_from(at).unwrap_or(u32::MAX));
        }
        let parent = match path.split_last() {
            Some((_, above)) if !above.is_empty() => Some(self.service(above)),
            _ => None,
        };
        let id = ServiceId(u32::try_from(self.services.len()).unwrap_or(u32::MAX));
        self.services.push(Service {
            path: path.to_vec(),
            parent,
            operations: Vec::new(),
            children: Vec::new(),
        });
        if let Some(parent) = parent {
            self.service_mut(parent).children.push(id);
        }
        id
    }
}
