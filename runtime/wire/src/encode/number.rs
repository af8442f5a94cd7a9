//! The notation of numbers, which is the same in all formats.

use std::fmt::Write;

/// Adds the shortest notation that decodes to the same value, as JavaScript writes numbers: plain
/// digits from 0.000001 up to below 1e21, an exponent beyond, and no sign for zero.
pub(crate) fn write_number(text: &mut String, value: f64) {
    let size = value.abs();
    if size == 0.0 {
        text.push('0');
    } else if (1e-6..1e21).contains(&size) || !value.is_finite() {
        let _ = write!(text, "{value}");
    } else {
        let exponent = format!("{value:e}");
        let is_large = size > 1.0;
        text.push_str(&if is_large {
            exponent.replace('e', "e+")
        } else {
            exponent
        });
    }
}
