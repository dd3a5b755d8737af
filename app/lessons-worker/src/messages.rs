//! Messages between the page with lessons and its worker; js/lessons/worker.ts has the same in TypeScript.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use unimed_lesson::{CaseBlock, Lesson};

/// A request with its number.
#[derive(Debug, Deserialize)]
pub(crate) struct Request {
    /// Its number.
    pub(crate) job: u32,
    /// What is asked for.
    pub(crate) what: ToLessons,
}

/// What the page asks for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ToLessons {
    /// Read a lesson.
    Read {
        /// Its file.
        text: String,
    },
    /// Make a case.
    Case {
        /// Its block.
        block: CaseBlock,
        /// Another seed, another case.
        seed: u64,
    },
    /// Make a case with and without its finding.
    Without {
        /// Its block.
        block: CaseBlock,
        /// That of the case.
        seed: u64,
    },
    /// Make two images that differ by one change.
    Pair {
        /// The change: `t1-to-t2`.
        change: String,
        /// Another seed, another pair.
        seed: u64,
    },
}

/// What came of a request.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    /// The request's number.
    pub(crate) job: u32,
    /// What came of it.
    pub(crate) event: FromLessons,
}

/// What the page hears.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FromLessons {
    /// The lesson.
    Lesson {
        /// What it holds.
        lesson: Lesson,
    },
    /// A case.
    Case(Truth),
    /// Two images.
    Compared(Compared),
    /// The file is no lesson, or there is no such case.
    Refused {
        /// Why.
        what: String,
        /// On which line of the file.
        line: Option<usize>,
    },
}

/// A case with its truth.
#[derive(Debug, Serialize)]
pub(crate) struct Truth {
    pub(crate) picture: Picture,
    /// One a finding.
    pub(crate) masks: Vec<Mask>,
    pub(crate) facts: BTreeMap<&'static str, String>,
    pub(crate) finding: Option<&'static str>,
    pub(crate) caption: String,
}

/// Where a finding is: one byte a pixel.
#[derive(Debug, Serialize)]
pub(crate) struct Mask {
    pub(crate) finding: &'static str,
    pub(crate) buffer: usize,
}

/// Two images.
#[derive(Debug, Serialize)]
pub(crate) struct Compared {
    pub(crate) first: Picture,
    pub(crate) second: Picture,
    /// What was changed, in English; empty where a finding was taken away.
    pub(crate) instruction: String,
}

/// An image whose pixels lie beside the message.
#[derive(Debug, Serialize)]
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) buffer: usize,
}
