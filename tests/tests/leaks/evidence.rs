//! All output of the client, and the search in it.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as StdError;
use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, PoisonError};

use crate::planted::{Marker, forms};

/// A text that was output.
#[derive(Clone)]
pub(crate) struct Line {
    /// The scene in which it was output.
    pub(crate) scene: String,
    /// The source of the output: the target of a trace or log, or the kind of text.
    pub(crate) source: String,
    pub(crate) text: String,
}

/// A marker that was found.
#[derive(Debug)]
pub(crate) struct Leak {
    pub(crate) marker: &'static str,
    pub(crate) form: &'static str,
    pub(crate) source: String,
    pub(crate) scene: String,
    pub(crate) context: String,
}

/// Output that contains some markers, as documented.
struct Known {
    source: &'static str,
    markers: &'static [&'static str],
    /// Where it is documented.
    why: &'static str,
}

const KNOWN: &[Known] = &[
    Known {
        source: "ureq_proto::util",
        markers: &[
            "SET_COOKIE",
            "ANSWER_HEADER",
            "CLIENT_SECRET",
            "CARD",
            "CVC",
            "DIGITS",
            "BANK",
            "METADATA",
            "EMAIL",
            "MESSAGE",
            "WORD",
        ],
        why: "`UreqTransport` says that it logs answers at the level TRACE",
    },
    Known {
        source: "ureq::run",
        markers: &["ANSWER_HEADER", "EMAIL", "WORD"],
        why: "`UreqTransport` says that it logs answers at the level TRACE",
    },
    Known {
        source: "runtime::body",
        markers: &["MESSAGE", "WORD"],
        why: "`Redactor::standard` says that it shows messages of errors",
    },
    Known {
        source: "line of an error",
        // A session's token has no form by which it could be recognised.
        markers: &["MESSAGE", "EMAIL", "SESSION", "WORD"],
        why: "`Error` says that its `Display` has the server's message, with personal data",
    },
    Known {
        source: "cassette",
        markers: &["MESSAGE", "OWN_HEADER", "ANSWER_HEADER", "WORD"],
        why: "as above, and so are headers of other names than those that carry credentials",
    },
];

#[derive(Default)]
struct Kept {
    scene: String,
    lines: Vec<Line>,
    types: BTreeSet<&'static str>,
}

/// Clones share the collected output.
#[derive(Clone, Default)]
pub(crate) struct Evidence(Arc<Mutex<Kept>>);

impl Evidence {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sets the scene of the following output.
    pub(crate) fn scene(&self, name: &str) {
        self.with(|kept| name.clone_into(&mut kept.scene));
    }

    pub(crate) fn add(&self, source: impl Into<String>, text: impl Into<String>) {
        let (source, text) = (source.into(), text.into());
        self.with(|kept| {
            let scene = kept.scene.clone();
            kept.lines.push(Line {
                scene,
                source,
                text,
            });
        });
    }

    /// An error, with its sources, in all output formats.
    pub(crate) fn error(&self, error: &(dyn StdError + 'static)) {
        let mut next = Some(error);
        let mut depth = 0;
        while let Some(error) = next {
            self.add("line of an error", error.to_string());
            let text = format!("{error:?} | {error:#?}");
            self.add(format!("error, {depth} sources deep"), text);
            next = error.source();
            depth += 1;
        }
    }

    /// The failure of a call, which must have failed, also as the message of a panic.
    pub(crate) fn failure<T, E: StdError + 'static>(&self, result: Result<T, E>) -> E {
        let Err(error) = result else {
            let scene = self.with(|kept| kept.scene.clone());
            panic!("a failure was expected: {scene}");
        };
        self.error(&error);
        error
    }

    /// A value of one of the crate's public types, as `Debug` shows it.
    pub(crate) fn debug(&self, kind: &'static str, value: &dyn Debug) {
        self.with(|kept| kept.types.insert(kind));
        self.add(
            format!("Debug of {kind}"),
            format!("{value:?} | {value:#?}"),
        );
    }

    /// The types that were shown.
    pub(crate) fn types(&self) -> BTreeSet<&'static str> {
        self.with(|kept| kept.types.clone())
    }

    /// The collected output, and the dumps of ureq again as one text per scene.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let mut lines = self.with(|kept| kept.lines.clone());
        let mut dumps = BTreeMap::<String, String>::new();
        for line in lines
            .iter()
            .filter(|line| line.source == "ureq_proto::util")
        {
            // 16 bytes to a row, as characters at its end.
            let start = line.text.char_indices().nth_back(15);
            let row = &line.text[start.map_or(0, |(at, _)| at)..];
            dumps.entry(line.scene.clone()).or_default().push_str(row);
        }
        lines.extend(dumps.into_iter().map(|(scene, text)| Line {
            scene,
            source: "ureq_proto::util (joined)".to_owned(),
            text,
        }));
        lines
    }

    /// Whether a source has output a text.
    pub(crate) fn has(&self, source: &str, text: &str) -> bool {
        let lines = self.lines();
        let mut lines = lines.iter().filter(|line| line.source.starts_with(source));
        lines.any(|line| line.text.contains(text))
    }

    /// Checks that the listeners have collected output at all.
    pub(crate) fn control(&self) {
        for (source, text) in [
            ("runtime::call", "otel.name"),
            ("runtime::attempt", "http.response.status_code"),
            ("runtime::retry", "will be repeated"),
            ("runtime::circuit", "open"),
            ("runtime::body", "[redacted]"),
            ("runtime::background", ""),
            ("runtime::notice", ""),
            ("ureq_proto", "authorization:.****"),
            ("ureq::", ""),
            ("metrics", "error"),
            ("panic", "called `Result::unwrap()` on an `Err` value"),
            ("line of an error", "PLANTEDmessage [redacted]"),
            ("error, 0", "Error"),
            ("error, 2", ""),
            ("journal", ""),
            ("cassette", "[redacted]"),
            ("event of an observer", "template"),
        ] {
            assert!(self.has(source, text), "no {text:?} from {source}");
        }
    }

    /// Returns the list of markers that were found and are not known, if there are any.
    pub(crate) fn verdict(&self, markers: &[Marker]) -> Result<(), String> {
        let mut leaks = search(&self.lines(), markers);
        leaks.retain(|leak| known(leak).is_none());
        if leaks.is_empty() {
            return Ok(());
        }
        let mut list = format!("{} leaks:\n", leaks.len());
        for leak in &leaks {
            let Leak {
                marker,
                form,
                source,
                scene,
                context,
            } = leak;
            let place = format!("from {source} in {scene:?}");
            writeln!(list, "{marker} ({form}) {place}: {context:?}").unwrap();
        }
        Err(list)
    }

    /// Fails if a known marker is no longer output.
    pub(crate) fn check_known(&self, markers: &[Marker]) {
        let leaks = search(&self.lines(), markers);
        for known in KNOWN {
            for marker in known.markers {
                let fits =
                    |leak: &Leak| leak.source.starts_with(known.source) && leak.marker == *marker;
                let Known { source, why, .. } = known;
                let is_shown = leaks.iter().any(fits);
                assert!(is_shown, "{source} shows {marker} no more, but {why}");
            }
        }
    }
}

fn known(leak: &Leak) -> Option<&'static Known> {
    KNOWN
        .iter()
        .find(|known| leak.source.starts_with(known.source) && known.markers.contains(&leak.marker))
}

/// Where markers are, each once per source and scene.
pub(crate) fn search(lines: &[Line], markers: &[Marker]) -> Vec<Leak> {
    let mut needles = Vec::new();
    for marker in markers {
        for (form, text) in forms(marker.text) {
            needles.push((marker.name, form, text));
        }
    }
    let mut seen = BTreeSet::new();
    let mut leaks = Vec::new();
    for line in lines {
        for &(marker, form, ref text) in &needles {
            let Some(at) = line.text.find(text) else {
                continue;
            };
            if seen.insert((marker, line.source.clone(), line.scene.clone())) {
                leaks.push(Leak {
                    marker,
                    form,
                    source: line.source.clone(),
                    scene: line.scene.clone(),
                    context: around(&line.text, at, text.len()),
                });
            }
        }
    }
    leaks
}

/// An excerpt of a text with its context.
fn around(text: &str, at: usize, length: usize) -> String {
    let mut start = at.saturating_sub(60);
    let mut end = (at + length + 60).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    text[start..end].to_owned()
}
