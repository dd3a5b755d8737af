//! Folders of real pictures: an `index.jsonl`, what it says of each picture, and the pictures as training reads
//! them (docs/reference/pictures.md).
//!
//! [`Folder`] reads and checks an index; [`asked`] turns the fields of a line into questions with answers, by one
//! table, for training and evaluation alike; [`PictureSet`] holds the decoded pictures of a split and draws from them;
//! [`View`] is one of them, as it is or changed at random.

mod asked;
mod canvas;
mod extra_fields;
mod folder;
mod hidden_marks;
mod looks;
#[cfg(test)]
pub(crate) mod made;
mod marks;
mod picture;
mod picture_set;
mod record;
mod sentences;
mod square;
mod stains;
#[cfg(test)]
mod tests;
mod turns;
mod view;
mod warp;
mod words;

pub(crate) use asked::ATTRIBUTES;
pub use asked::{Asked, Topic, asked};
pub use folder::Folder;
pub(crate) use hidden_marks::HiddenMarks;
pub(crate) use marks::with_marks;
pub use picture::Picture;
pub use picture_set::PictureSet;
pub(crate) use picture_set::hash;
pub(crate) use record::known_fields;
pub use record::{Frame, PictureSplit, Record};
pub(crate) use sentences::{sentences, shown_by_mask};
pub(crate) use square::{middle_square, square};
pub use view::View;
