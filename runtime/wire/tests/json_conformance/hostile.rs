//! Documents that are meant to exhaust a reader, of up to a megabyte each: a quadratic reader would
//! take minutes, a linear one takes milliseconds. No time is measured: a test that does not end is
//! noticed, and has printed its progress.

use wire::codec::{
    DecodeError, Place, Reader, Record, RecordShape, decode, encode_form, encode_json,
};
use wire::value::{Decimal, Expandable, List, Map, MaybeDeleted, RawJson};

use crate::tree::Tree;

/// A record that contains itself in all possible ways.
#[derive(Debug, Default)]
struct Node {
    id: String,
    next: Option<Box<Node>>,
    list: Option<Vec<Node>>,
    map: Option<Map<Node>>,
    either: Option<MaybeDeleted<Node, Node>>,
    other: Option<Expandable<Node>>,
    number: Option<i64>,
    float: Option<f64>,
}

impl Record for Node {
    fn shape(&self) -> &'static RecordShape {
        const SHAPE: RecordShape = RecordShape::new(
            "Node",
            &[
                "id", "next", "list", "map", "either", "other", "number", "float",
            ],
            &[0],
        );
        &SHAPE
    }

    fn at(&mut self, index: usize) -> &mut dyn Place {
        match index {
            0 => &mut self.id,
            1 => &mut self.next,
            2 => &mut self.list,
            3 => &mut self.map,
            4 => &mut self.either,
            5 => &mut self.other,
            6 => &mut self.number,
            _ => &mut self.float,
        }
    }
}

impl Place for Node {
    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        reader.record(self)
    }
}

/// Reads a document as each type that it could be decoded to.
#[expect(clippy::print_stdout, reason = "shows progress when the test hangs")]
fn survives(name: &str, text: &str) {
    println!("{name}");
    let _ = decode::<Node>(text.as_bytes());
    let _ = decode::<List<Node>>(text.as_bytes());
    let _ = decode::<Tree>(text.as_bytes());
    let _ = decode::<Map<RawJson>>(text.as_bytes());
    let _ = decode::<i64>(text.as_bytes());
    let _ = decode::<f64>(text.as_bytes());
    let _ = decode::<Decimal>(text.as_bytes());
    let _ = Reader::new(text.as_bytes()).and_then(|reader| reader.tags().map(drop));
    if let Ok(raw) = decode::<RawJson>(text.as_bytes()) {
        let _ = raw.get("a");
        let _ = encode_json(&raw);
        let _ = encode_form(&raw);
    }
}

const MANY: usize = 100_000;

fn repeated(before: &str, piece: &str, after: &str) -> String {
    [before, &piece.repeat(MANY), after].concat()
}

fn numbered(before: &str, after: &str, piece: impl Fn(usize) -> String) -> String {
    let pieces: Vec<_> = (0..MANY).map(piece).collect();
    [before, &pieces.join(","), after].concat()
}

#[test]
fn deep_documents_end_at_the_limit() {
    for piece in [
        "[",
        "{\"a\":",
        "{\"next\":",
        "[{\"list\":[",
        "{\"map\":{\"a\":",
        "{\"either\":",
    ] {
        survives(piece, &repeated("", piece, ""));
    }
}

#[test]
fn levels_that_look_ahead_do_not_multiply() {
    // Each level reads all its content before it decodes it.
    for piece in [
        "{\"either\":",
        "{\"deleted\":true,\"either\":",
        "{\"id\":\"\",\"other\":",
    ] {
        let depth = 120;
        let inside = format!("{{\"x\":[{}0]}}", "0,".repeat(MANY));
        survives(
            piece,
            &[piece.repeat(depth), inside, "}".repeat(depth)].concat(),
        );
    }
}

#[test]
fn long_strings_and_numbers_are_read_in_one_go() {
    survives("plain string", &repeated("\"", "abcdefgh", "\""));
    survives("escapes", &repeated("\"", "\\u0000", "\""));
    survives("pairs", &repeated("\"", "\\ud83d\\ude00", "\""));
    survives("quotes", &repeated("\"", "\\\"a", "\""));
    survives("unclosed", &repeated("\"", "abcdefgh", ""));
    survives("long key", &repeated("{\"", "\\nabcdefgh", "\":1}"));
    survives("digits", &repeated("", "1234567890", ""));
    survives("nines", &repeated("0.", "9999999999", ""));
    survives("zeros", &repeated("0.", "0000000000", "1e3000000"));
    survives("shifted", &repeated("1", "0000000000", "e-3000000"));
    survives("exponent", &repeated("1e", "9999999999", ""));
    survives("small exponent", &repeated("1e-", "9999999999", ""));
    survives("space", &repeated("[", "   \n\t\r   ", "]"));
}

#[test]
fn wide_documents_are_read_in_one_pass() {
    survives("array", &numbered("[", "]", |_| "[]".into()));
    survives(
        "records",
        &numbered("{\"data\":[", "]}", |_| "{\"id\":\"\"}".into()),
    );
    survives(
        "distinct keys",
        &numbered("{", "}", |index| format!("\"{index}\":0")),
    );
    survives("one key", &numbered("{", "}", |_| "\"a\":0".into()));
    survives(
        "long keys",
        &numbered("{", "}", |index| format!("\"{index:0>50}\":0")),
    );
    survives(
        "repeated field",
        &numbered("{", "}", |_| "\"next\":{\"id\":\"\"}".into()),
    );
    survives(
        "repeated list",
        &numbered("{", "}", |_| "\"list\":[{},{}]".into()),
    );
    survives(
        "tags",
        &numbered("{", "}", |_| "\"id\":\"a\",\"deleted\":true".into()),
    );
    survives(
        "map field",
        &numbered("{\"map\":{", "}}", |index| format!("\"{index}\":{{}}")),
    );
    survives(
        "unknown keys",
        &numbered("{", "}", |index| format!("\"\\u0061{index}\":[{{}}]")),
    );
}
