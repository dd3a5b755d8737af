//! A decoded picture.

use unimed_imaging::RgbImage;

use super::{Asked, Record};

/// A picture with what is known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Its line of the index.
    pub record: Record,
    /// Its pixels as the file has them.
    pub image: RgbImage,
    /// Which pixels lie in its mask.
    pub mask: Option<Vec<bool>>,
    /// What can be asked. Findings only where their source tells of both answers: else the answer would be known from
    /// what the picture looks like.
    pub asked: Vec<Asked>,
    /// The answer that draws are balanced by: of the first finding, else of the first attribute that its source has in two
    /// kinds, as stains or planes.
    pub(super) shows: String,
}
