//! Suggests what was meant instead of a name that does not exist.

/// Maximum length of a name that is compared, in bytes. The time grows with the square.
const COMPARED: usize = 200;

/// The candidate that is most similar to a name, if it differs in a third of the letters at most.
pub fn closest_name<'n>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    if wanted.len() > COMPARED {
        return None;
    }
    let allowed = wanted.chars().count() / 3;
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= COMPARED)
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(wanted, candidate);
            (distance, candidate)
        })
        .filter(|(distance, _)| (1..=allowed).contains(distance))
        .min()
        .map(|(_, candidate)| candidate)
}
