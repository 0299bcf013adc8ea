//! Which files of a directory may have changed.
