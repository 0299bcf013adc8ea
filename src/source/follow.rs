//! The files under a watched directory.
