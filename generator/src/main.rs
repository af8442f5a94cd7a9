//! The command line of the generator; everything it does is in the library.

use std::path::Path;

fn main() {
    let mut args = std::env::args().skip(1);
    if let (Some("import"), Some(from), Some(to)) =
        (args.next().as_deref(), args.next(), args.next())
    {
        let mut sink = generator::diag::Sink::new();
        let done = generator::source::Source::load(Path::new(&from), &mut sink)
            .and_then(|source| generator::import::import(&source, &mut sink));
        if let Some(done) = done {
            drop(std::fs::write(to, done.text));
        }
    }
}
