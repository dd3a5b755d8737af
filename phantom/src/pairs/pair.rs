//! A pair, and a pair before its pictures are drawn.

use super::task::PairTask;
use crate::fact::Fact;
use crate::image::Image;
use crate::modality::Modality;
use crate::scene::Scene;

/// A source, a target, and the words between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What turns the source into the target.
    pub task: PairTask,
    /// The modality of both.
    pub modality: Modality,
    /// Before.
    pub source: Image,
    /// After.
    pub target: Image,
    /// What a person asks for: `Add a large left pleural effusion.`
    pub instruction: String,
    /// What the model says with the image.
    pub response: String,
    /// Label of the finding that the task adds, removes or makes worse.
    pub finding: Option<&'static str>,
    /// Where the pictures may differ, row-major, one per pixel; elsewhere they differ by no more
    /// than scattered light does, mostly by nothing. `None` where the whole picture changes.
    pub changed: Option<Vec<bool>>,
    /// The facts of the target.
    pub facts: Vec<Fact>,
}

/// The words of a pair, and how its pictures are drawn when they are wanted.
pub(crate) struct Plan {
    pub(crate) instruction: String,
    pub(crate) response: String,
    /// See [`Pair::finding`].
    pub(crate) finding: Option<&'static str>,
    /// Its name in text.
    pub(crate) name: Option<&'static str>,
    pub(crate) draw: Box<dyn FnOnce() -> Drawn>,
}

/// The pictures of a pair.
pub(crate) struct Drawn {
    pub(crate) source: Image,
    pub(crate) target: Image,
    /// See [`Pair::changed`].
    pub(crate) changed: Option<Vec<bool>>,
    /// The scene of the target.
    pub(crate) after: Scene,
}
