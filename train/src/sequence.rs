//! Samples as token sequences (MODEL_SPEC 5.1), and batches of them for one forward pass.
//!
//! The engine reads a sample segment by segment into a cache; training reads all segments at once,
//! with a mask that hides exactly what the cache would not hold yet. Where several continuations
//! share a beginning (many questions about one image), they become branches of one sequence: every
//! branch sees the trunk and itself, so the image is computed once for all its questions.

use std::collections::BTreeMap;

use burn::tensor::{Device, Int, Tensor, TensorData};
use unimed_core::{
    config::ModelConfig,
    host::Pace,
    model::{Stream, Unified, patchify_pixels},
    nn::grid_position_ids,
    tokenizer::SpecialTokens,
};

/// Added to the scores of pairs that must not see each other. `exp` of it is 1e-26, nothing beside
/// any weight; a larger number would send `exp` on its slow path for underflow.
pub(crate) const HIDDEN: f32 = -60.0;

/// A batch of fewer sequences costs more in small products than in padding.
const FEWEST: usize = 4;

/// Where a token stands in its sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// Rotary position.
    position: usize,
    /// Number of its segment; later segments see earlier ones.
    segment: usize,
    /// Order inside of its segment.
    index: usize,
    /// Text sees its own past only; images see all of themselves.
    causal: bool,
    /// 0 for the trunk; other branches do not see each other.
    branch: usize,
    /// False for a branch that does not even see the trunk.
    sees_trunk: bool,
}

impl Place {
    /// Whether this token may look at `other`.
    fn sees(&self, other: &Self) -> bool {
        let related = other.branch == self.branch || (other.branch == 0 && self.sees_trunk);
        let before = other.segment < self.segment
            || (other.segment == self.segment && (!self.causal || other.index <= self.index));
        related && before
    }
}

/// Latents of one sample, as tokens.
#[derive(Debug, Clone)]
struct LatentBlock {
    tokens: Vec<f32>,
    time: f32,
}

/// One sample: its images, text and latents, and where each token stands.
#[derive(Debug, Clone)]
pub struct Sequence {
    special: SpecialTokens,
    pixels: Vec<Vec<f32>>,
    vision: Vec<Place>,
    ids: Vec<u32>,
    text: Vec<Place>,
    blocks: Vec<LatentBlock>,
    latents: Vec<Place>,
    targets: Vec<(usize, u32)>,
    position: usize,
    segment: usize,
    branches: usize,
}

impl Sequence {
    /// An empty sequence.
    #[must_use]
    pub fn new(special: SpecialTokens) -> Self {
        Self {
            special,
            pixels: Vec::new(),
            vision: Vec::new(),
            ids: Vec::new(),
            text: Vec::new(),
            blocks: Vec::new(),
            latents: Vec::new(),
            targets: Vec::new(),
            position: 0,
            segment: 0,
            branches: 0,
        }
    }

    /// The next rotary position of the trunk.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Number of predicted tokens.
    #[must_use]
    pub fn target_count(&self) -> usize {
        self.targets.len()
    }

    /// Number of tokens.
    fn tokens(&self) -> usize {
        self.vision.len() + self.text.len() + self.latents.len()
    }

    /// Reads an image with the vision tower: `count` patches, normalized pixels `[3, h, w]`.
    pub fn vision(&mut self, pixels: Vec<f32>, count: usize) {
        let place = |index| self.image_place(index, 0, self.position);
        let tokens: Vec<Place> = (1..=count).map(place).collect();
        let (start, end) = (place(0), place(count + 1));
        self.vision.extend(tokens);
        self.marker(self.special.start_of_image, start);
        self.marker(self.special.end_of_image, end);
        self.pixels.push(pixels);
        self.segment += 1;
        self.position += 1;
    }

    /// Reads an image as clean latents: a condition.
    pub fn latent(&mut self, tokens: Vec<f32>, count: usize) {
        self.latent_block(tokens, count, 0.0, 0);
        self.segment += 1;
        self.position += 1;
    }

    /// An image to be painted, at time `time` of the flow; nothing else sees it.
    pub fn noisy(&mut self, tokens: Vec<f32>, count: usize, time: f32) {
        self.branches += 1;
        self.latent_block(tokens, count, time, self.branches);
    }

    /// Reads a text segment.
    pub fn text(&mut self, ids: &[u32]) {
        let start = self.position;
        let segment = self.whole(ids);
        self.push_text(&segment, start, 0, true);
        self.position += segment.len();
        self.segment += 1;
    }

    /// A text and the answer that is learned, as a branch. A blind one sees no image.
    pub fn answer(&mut self, question: &[u32], answer: &[u32], blind: bool) {
        self.branches += 1;
        let mut all = self.whole(question);
        let first = self.ids.len() + all.len();
        all.push(self.special.bos);
        all.extend_from_slice(answer);
        let start = if blind { 0 } else { self.position };
        self.push_text(&all, start, self.branches, !blind);
        let next = answer.iter().copied().chain([self.special.eos]);
        self.targets
            .extend(next.enumerate().map(|(offset, id)| (first + offset, id)));
    }

    /// What the model itself says after the trunk so far, as a branch that is learned. What the trunk
    /// reads later is hidden from it.
    pub fn reply(&mut self, answer: &[u32]) {
        self.branches += 1;
        let first = self.ids.len();
        let mut all = vec![self.special.bos];
        all.extend_from_slice(answer);
        self.push_text(&all, self.position, self.branches, true);
        let next = answer.iter().copied().chain([self.special.eos]);
        self.targets
            .extend(next.enumerate().map(|(offset, id)| (first + offset, id)));
        self.segment += 1;
    }

    /// A text that is learned by itself, without any context, as a branch.
    pub fn prose(&mut self, ids: &[u32]) {
        self.branches += 1;
        let first = self.ids.len();
        let mut all = vec![self.special.bos];
        all.extend_from_slice(ids);
        self.push_text(&all, 0, self.branches, false);
        let next = ids.iter().copied().chain([self.special.eos]);
        self.targets
            .extend(next.enumerate().map(|(offset, id)| (first + offset, id)));
    }

    fn whole(&self, ids: &[u32]) -> Vec<u32> {
        let mut segment = Vec::with_capacity(ids.len() + 2);
        segment.push(self.special.bos);
        segment.extend_from_slice(ids);
        segment.push(self.special.eos);
        segment
    }

    fn image_place(&self, index: usize, branch: usize, position: usize) -> Place {
        let segment = self.segment;
        Place {
            position,
            segment,
            index,
            causal: false,
            branch,
            sees_trunk: true,
        }
    }

    fn marker(&mut self, id: u32, place: Place) {
        self.ids.push(id);
        self.text.push(place);
    }

    fn latent_block(&mut self, tokens: Vec<f32>, count: usize, time: f32, branch: usize) {
        let place = |index| self.image_place(index, branch, self.position);
        let places: Vec<Place> = (1..=count).map(place).collect();
        let (start, end) = (place(0), place(count + 1));
        self.latents.extend(places);
        self.marker(self.special.start_of_image, start);
        self.marker(self.special.end_of_image, end);
        self.blocks.push(LatentBlock { tokens, time });
    }

    fn push_text(&mut self, ids: &[u32], start: usize, branch: usize, sees_trunk: bool) {
        for (index, &id) in ids.iter().enumerate() {
            self.ids.push(id);
            self.text.push(Place {
                position: start + index,
                segment: self.segment,
                index,
                causal: true,
                branch,
                sees_trunk,
            });
        }
    }
}

/// Sequences of one kind (the same number of images and latents), padded to one length, as the
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
    /// Tokens of an image.
    tokens: usize,
}

impl Images {
    fn side(&self) -> usize {
        self.tokens.isqrt() // training images are square
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
        let mut kinds: BTreeMap<(usize, usize), Vec<(usize, Sequence)>> = BTreeMap::new();
        for (place, sequence) in sequences.into_iter().enumerate() {
            let kind = (sequence.vision.len(), sequence.latents.len());
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
    /// Panics when they differ in their number of images or latents.
    #[must_use]
    pub fn new(sequences: &[Sequence]) -> Self {
        let same = |count: fn(&Sequence) -> usize| {
            sequences
                .windows(2)
                .all(|pair| count(&pair[0]) == count(&pair[1]))
        };
        assert!(
            same(|s| s.vision.len()) && same(|s| s.latents.len()),
            "one kind of samples"
        );
        let text_length = sequences.iter().map(|s| s.ids.len()).max().unwrap_or(0);
        let mut ids = Vec::with_capacity(sequences.len() * text_length);
        for sequence in sequences {
            ids.extend(sequence.ids.iter().map(|&id| id as i32));
            ids.resize(ids.len() + text_length - sequence.ids.len(), 0);
        }
        let images = |each: fn(&Sequence) -> usize, tokens: fn(&Sequence) -> usize, values| {
            let (each, tokens) = (
                sequences.first().map_or(0, each),
                sequences.first().map_or(0, tokens),
            );
            Images {
                values,
                each,
                tokens: tokens / each.max(1),
            }
        };
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
            vision: images(
                |s| s.pixels.len(),
                |s| s.vision.len(),
                pixels.copied().collect(),
            ),
            latents: images(
                |s| s.blocks.len(),
                |s| s.latents.len(),
                blocks().flat_map(|b| b.tokens.iter().copied()).collect(),
            ),
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
        let und = match vision_tokens(self.vision, b, model, config, &device) {
            Some(vision) => Tensor::cat(vec![vision, text], 1),
            None => text,
        };
        let latents = latent_tokens(self.latents, &self.times, b, model, config, &device);
        let [_, length, d] = und.dims();
        let stream = Stream { und, latents };
        let t = self.positions.first().map_or(0, Vec::len);
        let mask = Tensor::from_data(TensorData::new(self.mask, [b, 1, t, t]), &device);
        let rows: Vec<&[usize]> = self.positions.iter().map(Vec::as_slice).collect();
        let stack = &model.language_model.model;
        let rope = stack.rope().batch_tables(&rows, &device);
        let pace = Pace::free();
        let run = stack.forward(stream, &rope, &[], Some(&mask), &pace);
        let (hidden, _) = pollster::block_on(run).expect("invariant: a free pace never stops");
        let predicting = (!self.rows.is_empty()).then(|| {
            let count = self.rows.len();
            let rows = Tensor::<1, Int>::from_data(TensorData::new(self.rows, [count]), &device);
            hidden.und.reshape([b * length, d]).select(0, rows)
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
    let (patch, each, side) = (config.vision.patch_size, images.each, images.side());
    if each == 0 {
        return None;
    }
    let shape = [b * each, 3, side * patch, side * patch];
    let pixels = Tensor::<4>::from_data(TensorData::new(images.values, shape), device);
    let ids = grid_position_ids(side, side, config.vit_max_num_patch_per_side);
    let pace = Pace::free();
    let tokens = model.vision_tokens(patchify_pixels(pixels, patch), &ids, &pace);
    let tokens = pollster::block_on(tokens).expect("invariant: a free pace never stops");
    let d = tokens.dims()[2];
    Some(tokens.reshape([b, each * images.tokens, d]))
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
    let (each, side) = (images.each, images.side());
    if each == 0 {
        return None;
    }
    let ids = grid_position_ids(side, side, config.max_latent_size);
    let shape = [b * each, images.tokens, config.latent_dim()];
    let values = Tensor::from_data(TensorData::new(images.values, shape), device);
    let tokens = model.latent_tokens(values, times, &ids);
    let d = tokens.dims()[2];
    Some(tokens.reshape([b, each * images.tokens, d]))
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
