//! Where an answer looked.

use crate::model::image::ImageId;
use unimed_protocol::AttentionMap;

/// What is drawn over which image.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ShownAttention {
    /// The image that the answer was about, as the model got it.
    pub(crate) image: ImageId,
    /// Where the answer looked.
    pub(crate) attention: AttentionMap,
}
