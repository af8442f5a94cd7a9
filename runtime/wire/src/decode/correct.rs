//! Error correction: filling values that are missing or unreadable, and the record of it.
//!
//! A correction is noted with a position in the text. The paths are found afterwards by reading the
//! text once more, so that decoding a response without faults does not keep track of them.

use std::collections::HashSet;

use super::Place;
use super::correction::{Correction, CorrectionCause, PendingCorrection};
use super::error::{DecodeError, DecodeErrorKind, JsonKind};
use super::extra::{Extra, push_member};
use super::policy::DecodePolicy;
use super::reader::{Filling, Reader};

impl<'a> Reader<'a> {
    /// Decodes the next value, which is an element of a list. If it cannot be decoded, it is filled
    /// or the error is returned, as the policy says.
    ///
    /// # Errors
    /// If the value cannot be decoded and the policy is to refuse, or if it is not valid JSON.
    pub fn element(&mut self, place: &mut dyn Place) -> Result<(), DecodeError> {
        let (at, depth) = (self.offset(), self.depth);
        match place.decode(self) {
            Ok(()) => Ok(()),
            Err(error) => self.correct_value(at, depth, place, error),
        }
    }

    /// Fills a value that could not be decoded, and continues after it.
    #[cold]
    pub(super) fn correct_value(
        &mut self,
        at: usize,
        depth: u32,
        place: &mut dyn Place,
        error: DecodeError,
    ) -> Result<(), DecodeError> {
        if self.policy == DecodePolicy::Refuse || !error.is_about_value() {
            return Err(error);
        }
        (self.position, self.depth) = (at, depth);
        let sent = self.raw()?;
        // Those inside of this value are the last ones.
        let before = self.corrections.iter().rposition(|one| one.at < at);
        self.corrections.truncate(before.map_or(0, |last| last + 1));
        let cause = match sent {
            "null" => CorrectionCause::Null,
            _ => CorrectionCause::Unreadable(error.kind().clone()),
        };
        let filling = match is_empty_array(sent) {
            true => Filling::EmptyObject,
            false => Filling::Missing,
        };
        let mut reader = Reader::filling(filling);
        reader.sent = Some(sent.into());
        // A type that takes no filled value keeps the one it has.
        let _ = place.decode(&mut reader);
        self.corrections.push(PendingCorrection {
            at,
            missing: None,
            cause,
        });
        Ok(())
    }

    /// Like [`element`](Self::element), for an entry of a map. Returns whether there is an entry:
    /// one that is `null` is left out if its type does not take `null`.
    ///
    /// # Errors
    /// As of `element`.
    pub fn entry(&mut self, place: &mut dyn Place) -> Result<bool, DecodeError> {
        let (at, depth) = (self.offset(), self.depth);
        let Err(error) = place.decode(self) else {
            return Ok(true);
        };
        self.correct_value(at, depth, place, error)?;
        let corrected = self.corrections.last();
        Ok(corrected.is_none_or(|one| one.cause != CorrectionCause::Null))
    }

    /// The position of the value whose key's text begins at `key_at`.
    pub(super) fn value_after_key(&self, key_at: usize) -> usize {
        self.at_value(key_at).offset()
    }

    /// A reader of the value whose key's text begins at `key_at`, which was read before.
    pub(super) fn at_value(&self, key_at: usize) -> Reader<'a> {
        let mut reader = self.at_position(key_at);
        let outcome = reader.string_rest().and_then(|_| reader.expect_colon());
        match outcome {
            Ok(()) => reader,
            Err(_) => self.at_position(key_at),
        }
    }

    /// The extra of the object that begins at `start` and ends here: the members without a field,
    /// what was sent for corrected fields, and the corrections since `before`.
    #[cold]
    pub(super) fn extra_of(&self, start: usize, before: usize, mut members: String) -> Extra {
        let pending = self.corrections.get(before..).unwrap_or_default();
        if pending.is_empty() {
            return Extra::new(members, Vec::new());
        }
        // The object was read before, so that there are no errors.
        let _ = self.at_position(start).push_sent(pending, &mut members);
        Extra::new(members, self.corrections_within(start, before))
    }

    /// Adds the members of the next object whose values were corrected, as they were sent.
    fn push_sent(
        &mut self,
        pending: &[PendingCorrection],
        members: &mut String,
    ) -> Result<(), DecodeError> {
        let sent = pending.iter().filter(|one| one.missing.is_none());
        let sent: HashSet<usize> = sent.map(|one| one.at).collect();
        if sent.is_empty() {
            return Ok(());
        }
        let mut closed = self.open_container(b'{', b'}', "an object")?;
        while !closed {
            let key_at = self.key_start()?;
            self.string_rest()?;
            self.expect_colon()?;
            let at = self.offset();
            self.raw()?;
            if sent.contains(&at) {
                push_member(members, self.text_between(key_at - 1, self.position));
            }
            closed = self.close_or_continue(b'}')?;
        }
        Ok(())
    }

    /// The corrections since `before`, with their paths from the value that begins at `start`.
    #[cold]
    pub(super) fn corrections_within(&self, start: usize, before: usize) -> Vec<Correction> {
        let mut pending = self.corrections.get(before..).unwrap_or_default().to_vec();
        pending.sort_by_key(|one| one.at);
        let mut search = PathSearch {
            pending: pending.into_iter().peekable(),
            path: String::new(),
            found: Vec::new(),
        };
        // The text was read before, so that there are no errors.
        let _ = search.visit(&mut self.at_position(start));
        search.found
    }

    /// A reader of the same text at another position.
    fn at_position(&self, position: usize) -> Reader<'a> {
        let mut reader = Reader::from_text(self.text);
        reader.position = position;
        reader
    }

    /// What a filled record, in whose place this text was sent, has as its extra.
    pub(super) fn filled_extra(&self, sent: Option<Box<str>>) -> Extra {
        match self.filling {
            Some(Filling::Missing | Filling::EmptyObject) => Extra::filled(sent),
            _ => Extra::default(),
        }
    }
}

/// Finds the paths of positions, which are visited in their order.
struct PathSearch {
    pending: std::iter::Peekable<std::vec::IntoIter<PendingCorrection>>,
    path: String,
    found: Vec<Correction>,
}

impl PathSearch {
    /// Visits the next value. Returns whether positions are left to be found after it.
    fn visit(&mut self, reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
        let at = reader.offset();
        while let Some(one) = self.pending.next_if(|one| one.at <= at) {
            let path = match one.missing {
                Some(name) if self.path.is_empty() => name.to_owned(),
                Some(name) => format!("{}.{name}", self.path),
                None => self.path.clone(),
            };
            self.found.push(Correction::new(&path, one.cause));
        }
        if self.pending.peek().is_none() {
            return Ok(false);
        }
        match reader.peek() {
            JsonKind::Object => self.visit_members(reader),
            JsonKind::Array => self.visit_elements(reader),
            _ => reader.raw().map(|_| true),
        }
    }

    fn visit_members(&mut self, reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
        let length = self.path.len();
        let mut closed = reader.open_container(b'{', b'}', "an object")?;
        while !closed {
            let (_, key) = reader.read_key()?;
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(&key);
            if !self.visit(reader)? {
                return Ok(false);
            }
            self.path.truncate(length);
            closed = reader.close_or_continue(b'}')?;
        }
        Ok(true)
    }

    fn visit_elements(&mut self, reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
        let length = self.path.len();
        let mut index = 0_usize;
        let mut closed = reader.open_container(b'[', b']', "an array")?;
        while !closed {
            self.path.push_str(&format!("[{index}]"));
            index += 1;
            if !self.visit(reader)? {
                return Ok(false);
            }
            self.path.truncate(length);
            closed = reader.close_or_continue(b']')?;
        }
        Ok(true)
    }
}

impl DecodeError {
    /// Whether the text is valid JSON and only a value is not what its type requires.
    fn is_about_value(&self) -> bool {
        match self.kind() {
            DecodeErrorKind::WrongType { .. }
            | DecodeErrorKind::NumberOutOfRange
            | DecodeErrorKind::Invalid { .. }
            | DecodeErrorKind::MissingFields(_) => true,
            DecodeErrorKind::InvalidUtf8
            | DecodeErrorKind::UnexpectedEnd
            | DecodeErrorKind::Syntax(_)
            | DecodeErrorKind::TooDeep
            | DecodeErrorKind::Mismatch(_)
            | DecodeErrorKind::TrailingText => false,
        }
    }
}

fn is_empty_array(text: &str) -> bool {
    let inside = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    inside.is_some_and(|inside| inside.trim().is_empty())
}

/// Sets a value to that which stands for a missing one.
pub(super) fn fill_value(place: &mut dyn Place) {
    // A type that takes no filled value keeps the one it has.
    let _ = place.decode(&mut Reader::filling(Filling::Missing));
}

/// Sets a value to that of a new one, before it is decoded a second time.
#[cold]
pub(super) fn clear_value(place: &mut dyn Place) {
    let _ = place.decode(&mut Reader::filling(Filling::Cleared));
}
