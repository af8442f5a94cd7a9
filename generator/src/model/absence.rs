//! In which ways most optional fields of responses may lack a value. The front page says it for all of
//! them, so that only the others have to.

use super::types::{Type, TypeKind};
use crate::api::Absence;

/// The most frequent case in `types`. Of equally frequent ones, the one that excludes less. Neither
/// `null` nor left out if no response has an optional field.
pub(super) fn usual_absence(types: &[Type]) -> Absence {
    let cases = [(true, false), (false, true), (true, true)];
    let cases = cases.map(|(null, left_out)| Absence { null, left_out });
    let counted = cases.map(|case| (count_fields(types, case), case));
    let used = counted.into_iter().filter(|(count, _)| *count > 0);
    // The last one of equal counts.
    let usual = used.max_by_key(|(count, _)| *count);
    usual.map(|(_, case)| case).unwrap_or_default()
}

/// How many optional fields may lack a value in exactly these ways.
fn count_fields(types: &[Type], case: Absence) -> usize {
    let objects = types.iter().filter_map(|ty| match &ty.kind {
        TypeKind::Object(object) => Some(object),
        _ => None,
    });
    let fields = objects.flat_map(|object| &object.fields);
    let fields = fields.filter(|field| !field.presence.is_required() && field.absence == case);
    fields.count()
}
