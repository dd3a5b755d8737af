//! Sets of samples.

/// A set of samples that shares none with another set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// For training.
    Train,
    /// For choices made while training.
    Validation,
    /// For the numbers that are reported.
    Test,
    /// Combinations of two findings that no other split shows. Every scene is abnormal here, so
    /// answers are not balanced.
    HeldOut,
}
