//! Checks that the outermost object of a response is what its request expects.

use super::error::{DecodeError, DecodeErrorKind};
use super::expected::ResponseMismatch;
use super::reader::Reader;

/// Where the outermost object has the members that are checked: the positions of their keys.
#[derive(Default)]
pub(super) struct CheckedMembers {
    id: Option<usize>,
    live: Option<usize>,
    tag: Option<usize>,
}

impl CheckedMembers {
    /// Notes a member with a field.
    #[inline(never)]
    pub(super) fn note_field(&mut self, name: &str, key_at: usize) {
        match name {
            "id" => self.id = Some(key_at),
            "livemode" => self.live = Some(key_at),
            _ => {}
        }
    }

    /// Notes a member without a field.
    #[inline(never)]
    pub(super) fn note_other(&mut self, key: &str, key_at: usize) {
        if key == "object" {
            self.tag = Some(key_at);
        }
    }
}

impl Reader<'_> {
    /// Compares the members of the outermost object, which was read, with what is expected.
    pub(super) fn check_expected(
        &self,
        constants: &[(&str, &str)],
        members: &CheckedMembers,
    ) -> Result<(), DecodeError> {
        let Some(expected) = &self.expected else {
            return Ok(());
        };
        let differs = |name: &str, expected: String, received: String| {
            let name = name.to_owned();
            Err(
                self.error_here(DecodeErrorKind::Mismatch(Box::new(ResponseMismatch {
                    name,
                    expected,
                    received,
                }))),
            )
        };
        // A value that is no text or no boolean was corrected or refused before.
        let text_at = |at: Option<usize>| self.at_value(at?).string().ok();
        let tag = constants.iter().find(|(name, _)| *name == "object");
        let tag = tag.map(|(_, text)| text.trim_matches('"'));
        if let (Some(tag), Some(received)) = (tag, text_at(members.tag)) {
            if *received != *tag {
                return differs("object", tag.to_owned(), received.into_owned());
            }
        }
        if let (Some(id), Some(received)) = (expected.id, text_at(members.id)) {
            if expected.names_another(&received) {
                return differs("id", id.to_owned(), received.into_owned());
            }
        }
        let live = members.live.and_then(|at| self.at_value(at).boolean().ok());
        match (expected.live, live) {
            (Some(expected), Some(received)) if expected != received => {
                differs("livemode", expected.to_string(), received.to_string())
            }
            _ => Ok(()),
        }
    }
}
