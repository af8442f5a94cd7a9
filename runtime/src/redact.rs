//! Hiding what must not be shown in bodies that somebody asked to see.
