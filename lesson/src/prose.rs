//! Text of a lesson: words with three kinds of emphasis, and nothing that a browser would run or fetch.

use serde::Serialize;

/// Words that look alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The words.
    pub text: String,
    /// Printed strong.
    #[serde(skip_serializing_if = "is_false")]
    pub strong: bool,
    /// Emphasized.
    #[serde(skip_serializing_if = "is_false")]
    pub emphasis: bool,
    /// As a person would type it.
    #[serde(skip_serializing_if = "is_false")]
    pub code: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Adds words; those that look like the ones before become part of them.
pub(crate) fn add(runs: &mut Vec<Run>, run: Run) {
    if let Some(last) = runs.last_mut()
        && (last.strong, last.emphasis, last.code) == (run.strong, run.emphasis, run.code)
    {
        last.text += &run.text;
    } else {
        runs.push(run);
    }
}
