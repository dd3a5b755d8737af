//! What is measured, and how.

use std::path::PathBuf;

use super::Benchmark;

/// What to measure, and how.
#[derive(Debug, Clone)]
pub struct BenchmarkSettings {
    /// The benchmark.
    pub benchmark: Benchmark,
    /// Its folder.
    pub data: PathBuf,
    /// Words around the questions.
    pub prompting: Prompting,
    /// The first so many questions; all of them by default.
    pub limit: Option<u64>,
    /// Frames that are shown of a video.
    pub frames: usize,
    /// Longest answer in tokens.
    pub max_tokens: usize,
    /// Where every answer is written, one JSON object a line: for a judge that this project has not.
    pub answers: Option<PathBuf>,
}

/// Words around a question. The prompts behind the published numbers are not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prompting {
    /// Options and a request for a short answer follow the question.
    #[default]
    Short,
    /// The question, its context and its options alone.
    Bare,
}
