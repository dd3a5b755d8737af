//! Contexts of earlier questions, so that a follow-up reads only what is new.

use std::{
    collections::{HashSet, VecDeque},
    ops::Range,
    sync::{Arc, Mutex},
};

use unimed_imaging::RgbImage;
use unimed_package::plan::REMEMBERED_BYTES;

use crate::context::Context;

/// A piece of what was read, by its content.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PromptPart {
    /// An image as it reaches the vision tower: the same pixels give the same keys. Prompts about it share it.
    Image(Arc<RgbImage>),
    /// A text.
    Text(Vec<u32>),
}

/// Keys of an image's patches in a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PatchKeys {
    pub(super) keys: Range<usize>,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

/// A context, and what was read to make it.
#[derive(Debug, Clone, Default)]
pub(super) struct CachedPrefix {
    pub(super) parts: Vec<PromptPart>,
    pub(super) context: Context,
    pub(super) images: Vec<PatchKeys>,
    /// Whether the last part is an answer that was decoded: its end token was chosen and never read.
    pub(super) open: bool,
}

/// Bytes of prompts together: contexts on the device, pictures in this program's memory. What they share counts once.
fn bytes(prompts: &VecDeque<CachedPrefix>) -> usize {
    let mut seen = HashSet::new();
    let parts = prompts.iter().flat_map(|prompt| &prompt.parts);
    let pictures: usize = parts
        .map(|part| match part {
            PromptPart::Image(picture) if seen.insert(Arc::as_ptr(picture)) => picture.pixels.len(),
            PromptPart::Image(_) => 0,
            PromptPart::Text(ids) => size_of_val(ids.as_slice()),
        })
        .sum();
    pictures + Context::bytes_of_all(prompts.iter().map(|prompt| &prompt.context))
}

/// Remembered prompts, the one that was used last at the end.
///
/// What was not used for longest goes first when there is no room.
#[derive(Debug)]
pub(super) struct PromptCache {
    kept: Mutex<VecDeque<CachedPrefix>>,
    limit: usize,
}

impl Default for PromptCache {
    fn default() -> Self {
        Self::with_limit(usize::try_from(REMEMBERED_BYTES).unwrap_or(usize::MAX))
    }
}

impl PromptCache {
    /// A cache for so many bytes.
    pub(super) fn with_limit(limit: usize) -> Self {
        Self {
            kept: Mutex::default(),
            limit,
        }
    }

    /// The longest remembered beginning of these parts; an empty one where there is none.
    pub(super) fn longest(&self, parts: &[PromptPart]) -> CachedPrefix {
        let mut kept = self.kept.lock().expect("invariant: nothing panics in here");
        let best = kept
            .iter()
            .enumerate()
            .filter(|(_, prompt)| parts.starts_with(&prompt.parts))
            .max_by_key(|(_, prompt)| prompt.parts.len())
            .map(|(index, _)| index);
        let Some(prompt) = best.and_then(|index| kept.remove(index)) else {
            return CachedPrefix::default();
        };
        kept.push_back(prompt.clone());
        prompt
    }

    /// Remembers a prompt, in place of one with the same parts.
    pub(super) fn keep(&self, prompt: CachedPrefix) {
        let mut kept = self.kept.lock().expect("invariant: nothing panics in here");
        kept.retain(|other| other.parts != prompt.parts);
        kept.push_back(prompt);
        while bytes(&kept) > self.limit && kept.pop_front().is_some() {}
    }

    /// Forgets all prompts.
    pub(super) fn clear(&self) {
        let mut kept = self.kept.lock().expect("invariant: nothing panics in here");
        kept.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use unimed_package::{
        config::{ModelConfig, SpecialTokens},
        host::Yielder,
    };

    use crate::model::Model;

    fn text(ids: &[u32]) -> PromptPart {
        PromptPart::Text(ids.to_vec())
    }

    fn prompt(parts: &[PromptPart]) -> CachedPrefix {
        CachedPrefix {
            parts: parts.to_vec(),
            ..CachedPrefix::default()
        }
    }

    #[test]
    fn the_longest_beginning_is_found_and_no_other() {
        let cache = PromptCache::default();
        let image = PromptPart::Image(Arc::new(RgbImage::filled(2, 1, [1; 3])));
        let darker = PromptPart::Image(Arc::new(RgbImage::filled(2, 1, [0; 3])));
        cache.keep(prompt(std::slice::from_ref(&image)));
        cache.keep(prompt(&[image.clone(), text(&[1, 2])]));
        cache.keep(prompt(&[image.clone(), text(&[1])]));
        let found = |parts: &[PromptPart]| cache.longest(parts).parts.len();
        assert_eq!(found(&[image.clone(), text(&[1, 2]), text(&[3])]), 2);
        assert_eq!(found(&[image.clone(), text(&[1, 2])]), 2);
        assert_eq!(found(&[image.clone(), text(&[4])]), 1);
        assert_eq!(found(&[darker]), 0);
        assert_eq!(found(&[text(&[1, 2])]), 0);
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let config = ModelConfig::from_json(
            include_str!("../../../tests/golden/alpha/config.json"),
            include_str!("../../../tests/golden/alpha/llm_config.json"),
            include_str!("../../../tests/golden/alpha/vit_config.json"),
        )
        .expect("golden config");
        let special = SpecialTokens {
            bos: 500,
            eos: 501,
            start_of_image: 502,
            end_of_image: 503,
        };
        let model = Model::new(config, special, &Device::flex());
        let read = |ids: &[u32]| {
            let mut context = Context::default();
            let segment = model.text_segment(ids);
            pollster::block_on(model.append(&mut context, segment, &Yielder::never()))
                .expect("room");
            context.share();
            CachedPrefix {
                parts: vec![text(ids)],
                context,
                ..CachedPrefix::default()
            }
        };
        let one = bytes(&VecDeque::from([read(&[1, 2, 3])]));
        assert!(one > 0);
        let cache = PromptCache::with_limit(2 * one);
        cache.keep(read(&[1, 2, 3]));
        cache.keep(read(&[4, 5, 6]));
        let known = |ids: &[u32]| !cache.longest(&[text(ids)]).parts.is_empty();
        assert!(known(&[1, 2, 3])); // the other one is the oldest now
        cache.keep(read(&[7, 8, 9]));
        assert!(!known(&[4, 5, 6]) && known(&[1, 2, 3]) && known(&[7, 8, 9]));
        // What is larger than all of the room is not kept, nor is anything else.
        let long: Vec<u32> = (0..100).collect();
        cache.keep(read(&long));
        assert!(!known(&long) && !known(&[7, 8, 9]));
    }

    #[test]
    fn what_prompts_share_counts_once() {
        let picture = Arc::new(RgbImage::filled(20, 10, [1; 3]));
        let image = PromptPart::Image(Arc::clone(&picture));
        let one = prompt(std::slice::from_ref(&image));
        let other = prompt(&[image.clone(), text(&[1, 2])]);
        let all = VecDeque::from([one, other]);
        assert_eq!(bytes(&all), 3 * 20 * 10 + 2 * 4);
        let apart = PromptPart::Image(Arc::new(RgbImage::clone(&picture)));
        assert_eq!(
            bytes(&VecDeque::from([prompt(&[image]), prompt(&[apart])])),
            2 * 600
        );
    }
}
