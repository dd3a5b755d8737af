//! Ask or Make.

/// The two tabs of the prompt box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A question, answered in words.
    Ask,
    /// A prompt, answered with an image.
    Make,
}
