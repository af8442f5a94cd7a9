//! The walks in ARCHITECTURE.md.

use sources::files::read_text;
use sources::walks::parse_walks;

use super::read_crates;
use crate::workspace;

/// Of the first walk, from a call to the socket.
const MAX_WALK_FILES: usize = 6;
const MAX_WALK_TYPES: usize = 17;

#[test]
fn walks_lead_through_few_files_and_types() {
    let root = workspace();
    let page = read_text(&root.join("ARCHITECTURE.md")).expect("the page");
    let walks = parse_walks(&page);
    let checkout = read_crates("runtime");
    let mut wrong = Vec::new();
    for (index, walk) in walks.iter().enumerate() {
        let figures = walk
            .measure(&checkout, &root)
            .expect("files that can be parsed");
        println!("{}: {figures}", walk.title);
        if index == 0 && figures.files.len() > MAX_WALK_FILES {
            wrong.push(format!("{}: at most {MAX_WALK_FILES} files", walk.title));
        }
        if index == 0 && figures.types.len() > MAX_WALK_TYPES {
            wrong.push(format!("{}: at most {MAX_WALK_TYPES} types", walk.title));
        }
        wrong.extend(
            figures
                .missing
                .iter()
                .map(|step| format!("there is no {step}")),
        );
    }
    assert!(
        walks.len() >= 3,
        "{} walks, three are expected",
        walks.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
