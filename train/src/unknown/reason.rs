//! The sentences that say that nothing can be told.

/// How all of them begin.
pub const CANNOT_TELL: &str = "I cannot tell";

/// Why nothing can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The picture is of none of the model's kinds.
    OtherKind,
    /// The question is about what such a picture does not have: the stain of a chest X-ray.
    Elsewhere,
    /// The question is about something else altogether: the weather, a dose.
    Outside,
}

impl Reason {
    /// What is said. Short, since the small vocabulary has few of these words whole: with its end each fits into the 24 tokens
    /// that evaluation reads.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::OtherKind => "I cannot tell: this is none of my kinds of image",
            Self::Elsewhere => "I cannot tell: that is not seen in this kind of image",
            Self::Outside => "I cannot tell: I was not taught this",
        }
    }
}

/// Whether an answer says that it is none.
#[must_use]
pub fn cannot_tell(answer: &str) -> bool {
    answer.trim_start().starts_with(CANNOT_TELL)
}
