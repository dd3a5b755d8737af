//! Pictures from pictures: cached pairs, and the sequences that they become.

use std::sync::{Arc, OnceLock};

use unimed_core::{model::Autoencoder, paint::Mt19937};
use unimed_package::config::{ModelConfig, SpecialTokens};
use unimed_phantom::{Image, Pair};
use unimed_tokenizer::Tokenizer;

use super::{
    latents::{encode_latents, token_pixels},
    places::patches,
    real_paintings::{RealPaintings, Turn},
    understanding::encode,
};
use crate::{
    data::{pixels, training_pair},
    flow::Noisy,
    pictures::PictureSet,
    sequence::Sequence,
};

/// Share of the samples without instruction, and without the source, for guidance.
const NO_TEXT: f64 = 0.1;
const NO_SOURCE: f64 = 0.05;
/// Share of the edits that are learned from noise alone. An edit is painted in few steps, so its first
/// one, which sees nothing of the result yet, decides most.
const PURE: f64 = 0.7;
/// Share of the samples that see the source through one of its two readers only.
const ONE_READER: f64 = 0.05;

/// What editing needs to know of a pair.
#[derive(Debug, Clone)]
pub struct PaintedPair {
    /// The source in 8 bit; the vision tower reads it anew, because it is trained.
    pub source: Image,
    /// Scaled latents of source and target as tokens, in 16 bit.
    pub latents: [Vec<half::f16>; 2],
    /// What is asked for.
    pub instruction: Vec<u32>,
    /// What is said with the result.
    pub response: Vec<u32>,
    /// The tokens that change, where not all of them do.
    pub focus: Vec<bool>,
}

/// The first training pairs, computed when they are first needed.
#[derive(Debug)]
pub struct PairCache {
    config: ModelConfig,
    autoencoder: Autoencoder,
    real: RealPaintings,
    first: u64,
    entries: Vec<OnceLock<PaintedPair>>,
}

impl PairCache {
    /// A cache of `count` pairs from pair `first` on; sample `i` is pair `first + i % count`. With pictures every fifth sample is
    /// one of them, to be made sharper.
    #[must_use]
    pub fn new(
        config: ModelConfig,
        autoencoder: Autoencoder,
        pictures: Option<Arc<PictureSet>>,
        first: u64,
        count: usize,
    ) -> Self {
        Self {
            config,
            autoencoder,
            real: RealPaintings(pictures),
            first,
            entries: (0..count).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The pair of a sample.
    pub fn get(&self, sample: u64, tokenizer: &Tokenizer) -> &PaintedPair {
        let slot = sample % self.entries.len() as u64;
        self.entries[slot as usize].get_or_init(|| self.encode(self.drawn(slot), tokenizer))
    }

    /// The pair of a slot.
    fn drawn(&self, slot: u64) -> Pair {
        match self.real.edit(slot) {
            Turn::Simulated(slot) => training_pair(self.first + slot),
            Turn::Real => {
                let pair = self.real.pair(self.first + slot);
                pair.unwrap_or_else(|| training_pair(self.first + slot))
            }
        }
    }

    /// Encodes a pair.
    #[must_use]
    pub fn encode(&self, pair: Pair, tokenizer: &Tokenizer) -> PaintedPair {
        let mut values = pixels(&pair.source);
        values.extend(pixels(&pair.target));
        let mut latents = encode_latents(&self.config, &self.autoencoder, values).into_iter();
        let mut next = || {
            latents
                .next()
                .expect("invariant: two pictures were encoded")
        };
        let latents = [next(), next()];
        PaintedPair {
            focus: patches(
                &pair.changed.iter().map(Vec::as_slice).collect::<Vec<_>>(),
                token_pixels(&self.config, &latents[0]),
            ),
            latents,
            source: pair.source,
            instruction: encode(tokenizer, &pair.instruction),
            response: encode(tokenizer, &pair.response),
        }
    }
}

/// How the model is asked for an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseOrder {
    /// The picture only.
    Nothing,
    /// The model says first what it will show, and paints after its own words.
    First,
}

/// An edit as the engine reads it (docs/reference/model.md 5.1: latents, vision tokens, text), and the target on
/// its way to noise.
#[must_use]
pub fn edit(
    pair: &PaintedPair,
    config: &ModelConfig,
    special: SpecialTokens,
    saying: ResponseOrder,
    rng: &mut Mt19937,
) -> (Sequence, Noisy) {
    let floats = |latent: &[half::f16]| latent.iter().map(|v| v.to_f32()).collect::<Vec<f32>>();
    let count = |latent: &[half::f16]| latent.len() / config.latent_dim();
    let mut sequence = Sequence::new(special);
    let side = pair.source.width / config.vision.patch_size;
    let draw = rng.uniform();
    let (latents, vision) = match draw {
        d if d < NO_SOURCE => (false, false),
        d if d < NO_SOURCE + 0.5 * ONE_READER => (true, false),
        d if d < NO_SOURCE + ONE_READER => (false, true),
        _ => (true, true),
    };
    let [before, after] = &pair.latents;
    if latents {
        sequence.latent(floats(before), count(before));
    }
    if vision {
        sequence.vision(pixels(&pair.source), side * side);
    }
    if saying == ResponseOrder::First || rng.uniform() >= NO_TEXT {
        sequence.text(&pair.instruction);
    }
    if saying == ResponseOrder::First {
        sequence.reply(&pair.response);
        sequence.text(&pair.response);
    }
    let noisy = Noisy::draw(&floats(after), PURE, rng)
        .focused(&pair.focus)
        .relative();
    sequence.noisy(noisy.tokens.clone(), count(after), noisy.time);
    (sequence, noisy)
}
