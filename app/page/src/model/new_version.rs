//! A new version of the site.

/// What is known of a new version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum NewVersion {
    /// There is none.
    #[default]
    None,
    /// One waits.
    Waits,
    /// One waits, and other pages of this site run the old one.
    Held,
}
