//! Sequences side by side, padded to one length, and the model's pass over them.

use std::collections::BTreeMap;

use burn::tensor::{Device, Int, Tensor, TensorData};
use unimed_core::{
    model::{HiddenStates, Unified, patchify_pixels},
    nn::grid_position_ids,
};
use unimed_package::{config::ModelConfig, host::Yielder};

use super::{HIDDEN, Place, Sequence};

/// A batch of fewer sequences costs more in small products than in padding.
const FEWEST: usize = 4;

/// Sequences of one kind (images of the same sizes, as many latents), padded to one length, as the
/// numbers that a forward pass uploads. It is made where samples are drawn, so that the device that
/// trains never waits for it.
#[derive(Debug, Clone)]
pub struct Batch {
    samples: usize,
    text_length: usize,
    /// Text, padded with zeros: `[samples, text_length]`.
    ids: Vec<i32>,
    vision: Images,
    latents: Images,
    /// Time of each block of latents.
    times: Vec<f32>,
    /// Rotary positions of all tokens in the order of attention: vision, text, latents.
    positions: Vec<Vec<usize>>,
    /// Additive mask `[samples, 1, t, t]`.
    mask: Vec<f32>,
    /// Rows of the text's final states that predict, and what.
    rows: Vec<i32>,
    targets: Vec<u32>,
}

/// Images of a batch, pixels or latents, one after another.
#[derive(Debug, Clone)]
struct Images {
    values: Vec<f32>,
    /// Images of a sample.
    each: usize,
    /// Rows and columns of tokens of an image.
    grid: (usize, usize),
}

impl Images {
    fn tokens(&self) -> usize {
        self.grid.0 * self.grid.1
    }
}

/// What a forward pass over a batch gives.
#[derive(Debug)]
pub struct Hidden {
    /// Final states of the text tokens that predict, one row per target.
    pub predicting: Option<Tensor<2>>,
    /// Velocities of all latents, `[b, t, latent_dim]`.
    pub velocity: Option<Tensor<3>>,
}

impl Batch {
    /// Puts sequences of any kinds into batches of one kind and nearly one length; the numbers are
    /// their places in the list.
    ///
    /// What pads a batch is computed like everything else: a caption beside a report is mostly
    /// padding. So sequences stand in the order of their lengths, and a new batch begins where the
    /// shortest would be padded by more than an eighth, but none of fewer than [`FEWEST`].
    #[must_use]
    pub fn alike(sequences: Vec<Sequence>) -> Vec<(Vec<usize>, Self)> {
        type Kind = (Vec<(usize, usize)>, usize);
        let mut kinds: BTreeMap<Kind, Vec<(usize, Sequence)>> = BTreeMap::new();
        for (place, sequence) in sequences.into_iter().enumerate() {
            let kind = (sequence.grids.clone(), sequence.latents.len());
            kinds.entry(kind).or_default().push((place, sequence));
        }
        let mut batches = Vec::new();
        for mut list in kinds.into_values() {
            list.sort_by_key(|(_, sequence)| sequence.tokens());
            let mut rest = list.into_iter().peekable();
            while let Some(first) = rest.next() {
                let shortest = first.1.tokens();
                let mut batch = vec![first];
                while let Some(next) = rest.next_if(|(_, sequence)| {
                    batch.len() < FEWEST || sequence.tokens() * 7 <= shortest * 8
                }) {
                    batch.push(next);
                }
                let (places, sequences): (_, Vec<_>) = batch.into_iter().unzip();
                batches.push((places, Self::new(&sequences)));
            }
        }
        batches
    }

    /// Puts sequences together.
    ///
    /// # Panics
    ///
    /// Panics when they differ in the sizes of their images or their number of latents, or when the images of one
    /// sequence differ in size.
    #[must_use]
    pub fn new(sequences: &[Sequence]) -> Self {
        let same = sequences.windows(2).all(|pair| {
            pair[0].grids == pair[1].grids && pair[0].latents.len() == pair[1].latents.len()
        });
        let grids = sequences.first().map_or(&[][..], |s| &s.grids);
        let grid = grids.first().copied().unwrap_or_default();
        assert!(
            same && grids.iter().all(|own| *own == grid),
            "one kind of samples"
        );
        let text_length = sequences.iter().map(|s| s.ids.len()).max().unwrap_or(0);
        let mut ids = Vec::with_capacity(sequences.len() * text_length);
        for sequence in sequences {
            ids.extend(sequence.ids.iter().map(|&id| id as i32));
            ids.resize(ids.len() + text_length - sequence.ids.len(), 0);
        }
        let blocks_each = sequences.first().map_or(0, |s| s.blocks.len());
        let block = sequences.first().map_or(0, |s| s.latents.len()) / blocks_each.max(1);
        let block = block.isqrt(); // latents that are trained on are square
        let blocks = || sequences.iter().flat_map(|s| &s.blocks);
        let pixels = sequences.iter().flat_map(|s| s.pixels.iter().flatten());
        let places = places(sequences, text_length);
        let position = |place: &Option<Place>| place.map_or(0, |place| place.position);
        let length = sequences.first().map_or(0, |s| s.vision.len()) + text_length;
        let first = length - text_length;
        Self {
            samples: sequences.len(),
            text_length,
            ids,
            vision: Images {
                values: pixels.copied().collect(),
                each: grids.len(),
                grid,
            },
            latents: Images {
                values: blocks().flat_map(|b| b.tokens.iter().copied()).collect(),
                each: blocks_each,
                grid: (block, block),
            },
            times: blocks().map(|block| block.time).collect(),
            positions: places
                .iter()
                .map(|sequence| sequence.iter().map(position).collect())
                .collect(),
            mask: mask(&places),
            rows: sequences
                .iter()
                .enumerate()
                .flat_map(|(sample, sequence)| {
                    let start = sample * length + first;
                    let targets = sequence.targets.iter();
                    targets.map(move |&(at, _)| (start + at) as i32)
                })
                .collect(),
            targets: sequences
                .iter()
                .flat_map(|s| s.targets.iter().map(|&(_, id)| id))
                .collect(),
        }
    }

    /// The ids that the predicting rows should predict, in their order.
    #[must_use]
    pub fn targets(&self) -> &[u32] {
        &self.targets
    }

    /// Runs the whole batch through the model at once.
    #[must_use]
    pub fn forward(self, model: &Unified, config: &ModelConfig) -> Hidden {
        let device = model.device();
        let b = self.samples;
        let text = TensorData::new(self.ids, [b, self.text_length]);
        let text = model.language_model.embed(Tensor::from_data(text, &device)); // [b, text, d]
        let understanding = match vision_tokens(self.vision, b, model, config, &device) {
            Some(vision) => Tensor::cat(vec![vision, text], 1),
            None => text,
        };
        let latents = latent_tokens(self.latents, &self.times, b, model, config, &device);
        let [_, length, d] = understanding.dims();
        let stream = HiddenStates {
            understanding,
            latents,
        };
        let t = self.positions.first().map_or(0, Vec::len);
        let mask = Tensor::from_data(TensorData::new(self.mask, [b, 1, t, t]), &device);
        let rows: Vec<&[usize]> = self.positions.iter().map(Vec::as_slice).collect();
        let stack = &model.language_model.model;
        let rope = stack.rope().batch_tables(&rows, &device);
        let yielder = Yielder::never();
        let run = stack.forward(stream, &rope, &[], Some(&mask), &yielder);
        let (hidden, _) = pollster::block_on(run).expect("invariant: nobody cancels it");
        let predicting = (!self.rows.is_empty()).then(|| {
            let count = self.rows.len();
            let rows = Tensor::<1, Int>::from_data(TensorData::new(self.rows, [count]), &device);
            hidden
                .understanding
                .reshape([b * length, d])
                .select(0, rows)
        });
        Hidden {
            predicting,
            velocity: hidden.latents.map(|latents| model.velocity(latents)),
        }
    }
}

/// The images that a model sees, as decoder inputs `[b, t, d]`.
fn vision_tokens(
    images: Images,
    b: usize,
    model: &Unified,
    config: &ModelConfig,
    device: &Device,
) -> Option<Tensor<3>> {
    let (patch, each, count) = (config.vision.patch_size, images.each, images.tokens());
    let (rows, columns) = images.grid;
    if each == 0 {
        return None;
    }
    let shape = [b * each, 3, rows * patch, columns * patch];
    let pixels = Tensor::<4>::from_data(TensorData::new(images.values, shape), device);
    let ids = grid_position_ids(rows, columns, config.vit_max_num_patch_per_side);
    let yielder = Yielder::never();
    let tokens = model.vision_tokens(patchify_pixels(pixels, patch), &ids, &yielder);
    let tokens = pollster::block_on(tokens).expect("invariant: nobody cancels it");
    let d = tokens.dims()[2];
    Some(tokens.reshape([b, each * count, d]))
}

/// The latents of a batch, as decoder inputs `[b, t, d]`.
fn latent_tokens(
    images: Images,
    times: &[f32],
    b: usize,
    model: &Unified,
    config: &ModelConfig,
    device: &Device,
) -> Option<Tensor<3>> {
    let (each, count) = (images.each, images.tokens());
    let (rows, columns) = images.grid;
    if each == 0 {
        return None;
    }
    let ids = grid_position_ids(rows, columns, config.max_latent_size);
    let shape = [b * each, count, config.latent_dim()];
    let values = Tensor::from_data(TensorData::new(images.values, shape), device);
    let tokens = model.latent_tokens(values, times, &ids);
    let d = tokens.dims()[2];
    Some(tokens.reshape([b, each * count, d]))
}

/// Places of all tokens in the order of attention: vision, text, latents; `None` is padding.
fn places(sequences: &[Sequence], text_length: usize) -> Vec<Vec<Option<Place>>> {
    sequences
        .iter()
        .map(|sequence| {
            let padding = text_length - sequence.text.len();
            let mut places: Vec<Option<Place>> = sequence
                .vision
                .iter()
                .chain(&sequence.text)
                .copied()
                .map(Some)
                .collect();
            places.resize(places.len() + padding, None);
            places.extend(sequence.latents.iter().copied().map(Some));
            places
        })
        .collect()
}

/// The additive mask `[b, 1, t, t]`. Padding sees itself only, so that its softmax is finite.
fn mask(places: &[Vec<Option<Place>>]) -> Vec<f32> {
    let t = places.first().map_or(0, Vec::len);
    let mut values = Vec::with_capacity(places.len() * t * t);
    for sequence in places {
        for (i, place) in sequence.iter().enumerate() {
            values.extend(sequence.iter().enumerate().map(|(j, other)| {
                let open = match (place, other) {
                    (Some(place), Some(other)) => place.sees(other),
                    _ => i == j,
                };
                if open { 0.0 } else { HIDDEN }
            }));
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use unimed_package::config::SpecialTokens;

    use super::*;

    const SPECIAL: SpecialTokens = SpecialTokens {
        bos: 1,
        eos: 2,
        start_of_image: 3,
        end_of_image: 4,
    };

    fn of(length: usize) -> Sequence {
        let mut sequence = Sequence::new(SPECIAL);
        sequence.prose(&vec![5; length]);
        sequence
    }

    #[test]
    fn batches_pad_little_and_lose_nothing() {
        let lengths = [90, 10, 100, 12, 95, 11, 9, 101, 10, 400];
        let mut all = Vec::new();
        for (places, batch) in Batch::alike(lengths.map(of).into()) {
            assert_eq!(batch.samples, places.len());
            let own = places.iter().map(|&place| lengths[place]);
            let longest = own.clone().max().expect("no batch is empty");
            assert_eq!(batch.text_length, longest + 1);
            if places.len() > FEWEST {
                let shortest = own.min().expect("no batch is empty");
                assert!((longest + 1) * 7 <= (shortest + 1) * 8, "{places:?}");
            }
            all.extend(places);
        }
        all.sort_unstable();
        assert_eq!(all, Vec::from_iter(0..lengths.len()));
    }
}
