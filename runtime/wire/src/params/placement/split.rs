//! Parts of a record: some of its members, or the value of one.

use super::{Encode, FileUpload, Writer, write_json_text};

/// A record with some of its members. A value that is no record has no members and is kept whole.
pub(super) struct Selected<'a> {
    params: &'a dyn Encode,
    keeps: &'a dyn Fn(&str) -> bool,
}

impl<'a> Selected<'a> {
    pub(super) fn new(params: &'a dyn Encode, keeps: &'a dyn Fn(&str) -> bool) -> Self {
        Self { params, keeps }
    }
}

impl Encode for Selected<'_> {
    fn encode(&self, out: &mut dyn Writer) {
        self.params.encode(&mut Splitter {
            out,
            keeps: self.keeps,
            keeps_root: true,
            depth: 0,
            is_kept: false,
        });
    }
}

/// The value of one member. Writes nothing if the record lacks it.
pub(super) struct Member<'a> {
    params: &'a dyn Encode,
    name: &'a str,
}

impl<'a> Member<'a> {
    pub(super) fn new(params: &'a dyn Encode, name: &'a str) -> Self {
        Self { params, name }
    }
}

impl Encode for Member<'_> {
    fn encode(&self, out: &mut dyn Writer) {
        self.params.encode(&mut Splitter {
            out,
            keeps: &|key| key == self.name,
            keeps_root: false,
            depth: 0,
            is_kept: false,
        });
    }
}

/// Passes on what is kept.
struct Splitter<'a> {
    out: &'a mut dyn Writer,
    keeps: &'a dyn Fn(&str) -> bool,
    /// Whether the root and the keys of its members are passed on.
    keeps_root: bool,
    /// The number of open containers.
    depth: usize,
    /// Whether the current member of the root is kept.
    is_kept: bool,
}

impl Splitter<'_> {
    fn pass(&mut self, write: impl FnOnce(&mut dyn Writer)) {
        let is_kept = match self.depth {
            0 => self.keeps_root,
            _ => self.is_kept,
        };
        if is_kept {
            write(self.out);
        }
    }
}

impl Writer for Splitter<'_> {
    fn null(&mut self) {
        self.pass(|out| out.null());
    }

    fn string(&mut self, value: &str) {
        self.pass(|out| out.string(value));
    }

    fn integer(&mut self, value: i64) {
        self.pass(|out| out.integer(value));
    }

    fn number(&mut self, value: f64) {
        self.pass(|out| out.number(value));
    }

    fn boolean(&mut self, value: bool) {
        self.pass(|out| out.boolean(value));
    }

    fn raw(&mut self, json: &str) {
        match self.depth {
            // The caller has checked the text.
            0 if json.trim_start().starts_with('{') => drop(write_json_text(json, self)),
            _ => self.pass(|out| out.raw(json)),
        }
    }

    fn file(&mut self, file: &FileUpload) {
        self.pass(|out| out.file(file));
    }

    fn begin_object(&mut self) {
        self.pass(|out| out.begin_object());
        self.depth += 1;
    }

    fn key(&mut self, key: &str) {
        if self.depth > 1 {
            return self.pass(|out| out.key(key));
        }
        self.is_kept = (self.keeps)(key);
        if self.is_kept && self.keeps_root {
            self.out.key(key);
        }
    }

    fn end_object(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.pass(|out| out.end_object());
    }

    fn begin_list(&mut self) {
        self.pass(|out| out.begin_list());
        if self.depth == 0 {
            self.is_kept = self.keeps_root;
        }
        self.depth += 1;
    }

    fn end_list(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.pass(|out| out.end_list());
    }
}
