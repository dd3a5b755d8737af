//! Lessons: the format that teachers write, its check, and the cases that a lesson asks the simulator for.
//!
//! A lesson is a Markdown file with a front matter in TOML. Each heading of the second level begins a step; a step holds
//! text, and fenced blocks such as `case` or `question` with TOML in them. [`read`] turns the file into data that a page
//! draws: nothing in it is markup, a script or an address that a page would fetch. [`check`] also asks the simulator
//! whether every case that the lesson wants can be made.
//!
//! ```
//! let file = "+++\nid = \"first\"\nnumber = 1\ntitle = \"A lesson\"\nlanguage = \"en\"\nminutes = 5\ngoals = [\"See one\"]\n\
//!     [[sources]]\ntext = \"A book\"\n+++\n\n## Look\n\nThis is a case.\n\n\
//!     ```case\nname = \"one\"\nmodality = \"fundus\"\nfindings = [\"drusen\"]\n```\n";
//! let lesson = unimed_lesson::read(file).expect("is right");
//! assert_eq!(lesson.steps[0].title, "Look");
//! unimed_lesson::check(&lesson).expect("such a case exists");
//! ```

mod blocks;
mod cases;
mod check;
mod error;
mod file;
mod front;
mod markdown;
mod prose;
mod table;
mod words;

pub use blocks::{
    Block, CaseBlock, Choice, CompareBlock, Content, MakeBlock, MarkBlock, MeasureBlock, MeasureOf,
    ModelBlock, PictureBlock, QuestionBlock, RevealBlock, Seen, Step, WindowBlock,
};
pub use cases::{CaseError, Made, MadePair, make_case, make_pair, without};
pub use check::check;
pub use error::LessonError;
pub use file::{FileError, check_file};
pub use front::{Front, Source};
pub use markdown::read;
pub use prose::Run;

use serde::Serialize;

/// A lesson as a page draws it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lesson {
    /// What its front matter says.
    #[serde(flatten)]
    pub front: Front,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}
