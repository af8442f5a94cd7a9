//! OAuth: letting other accounts connect to a platform.
