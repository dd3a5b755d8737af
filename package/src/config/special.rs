//! The four control tokens that frame segments.

use serde::{Deserialize, Serialize};

/// Ids of the control tokens (docs/reference/model.md 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecialTokens {
    /// Id of `<|im_start|>`: opens every text segment, and seeds decoding.
    #[serde(rename = "bos_token_id")]
    pub bos: u32,
    /// Id of `<|im_end|>`: closes every text segment; ends an answer.
    #[serde(rename = "eos_token_id")]
    pub eos: u32,
    /// Id of `<|vision_start|>`: opens every image segment.
    pub start_of_image: u32,
    /// Id of `<|vision_end|>`: closes every image segment.
    pub end_of_image: u32,
}

impl SpecialTokens {
    /// A text segment around ids that are there already.
    #[must_use]
    pub fn text_segment(&self, ids: &[u32]) -> Vec<u32> {
        let mut segment = Vec::with_capacity(ids.len() + 2);
        segment.push(self.bos);
        segment.extend_from_slice(ids);
        segment.push(self.eos);
        segment
    }
}
