//! Tests; filled in below.
