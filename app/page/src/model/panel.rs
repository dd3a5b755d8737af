//! The panels over the page.

/// The panels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PanelKind {
    /// About the page, keys, credits.
    About,
    /// The model in use.
    Model,
    /// What the engine runs on.
    Device,
    /// Every request.
    Ledger,
    /// The metadata of the file in the viewer.
    Metadata,
}
