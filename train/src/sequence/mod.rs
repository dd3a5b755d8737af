//! Samples as token sequences (docs/reference/model.md 5.1), and batches of them for one forward pass (`batch.rs`).
//!
//! The engine reads a sample segment by segment into a cache; training reads all segments at once,
//! with a mask that hides exactly what the cache would not hold yet. Where several continuations
//! share a beginning (many questions about one image), they become branches of one sequence: every
//! branch sees the trunk and itself, so the image is computed once for all its questions.

mod batch;

use unimed_package::config::SpecialTokens;

pub use batch::{Batch, Hidden};

/// Added to the scores of pairs that must not see each other. `exp` of it is 1e-26, nothing beside
/// any weight; a larger number would send `exp` on its slow path for underflow.
pub(crate) const HIDDEN: f32 = -60.0;

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
    /// Rows and columns of patches of each image.
    grids: Vec<(usize, usize)>,
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
            grids: Vec::new(),
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

    /// Reads a square image with the vision tower: `count` patches, normalized pixels `[3, h, w]`.
    pub fn vision(&mut self, pixels: Vec<f32>, count: usize) {
        let side = count.isqrt();
        self.picture(pixels, side, side);
    }

    /// Reads an image of so many rows and columns of patches with the vision tower.
    pub fn picture(&mut self, pixels: Vec<f32>, rows: usize, columns: usize) {
        let count = rows * columns;
        self.grids.push((rows, columns));
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
