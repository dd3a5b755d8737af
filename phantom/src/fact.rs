//! What is true of a scene.

/// Something that is true of a scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is about, for example `effusion.side`.
    pub key: &'static str,
    /// For example `left`.
    pub value: String,
}
