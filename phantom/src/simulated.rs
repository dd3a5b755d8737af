//! What every simulator offers, so that nothing outside its folder knows one modality from another.

use crate::fact::Fact;
use crate::finding::{Finding, Kind};
use crate::image::Image;
use crate::plane::Resolution;
use crate::qa::Sheet;
use crate::rng::Rng;

/// Names of a modality that its scenes share.
#[derive(Debug)]
pub(crate) struct Traits {
    /// Short name for files and options: `chest-xray`.
    pub(crate) key: &'static str,
    /// The name in text: `chest X-ray`.
    pub(crate) phrase: &'static str,
    /// Every finding that any scene can show.
    pub(crate) kinds: &'static [Kind],
    /// Forms of the questions "is this a ...?", "what is abnormal?" and "is this normal?".
    pub(crate) forms: [&'static str; 3],
}

/// One scene: everything that decides what a picture looks like and what is said about it.
pub(crate) trait Simulated {
    /// The part of the body.
    fn organ(&self) -> &'static str;

    /// The findings, the main one first.
    fn findings(&self) -> &[Finding];

    /// Whether this scene could show a finding of this kind (a slice of the head has no kidney).
    /// What a scene cannot show is neither drawn, asked about nor denied.
    fn can_show(&self, kind: &Kind) -> bool {
        let _ = kind;
        true
    }

    /// Adds a finding by its place in the modality's list.
    fn add(&mut self, kind: usize, rng: &mut Rng);

    /// Adds a combination that only the held-out split shows.
    fn add_held_out(&mut self, rng: &mut Rng);

    /// Whether the combination of findings belongs to the held-out split.
    fn is_held_out(&self) -> bool;

    /// Whether two findings can be told apart when both are there.
    fn pairs_allowed(&self, a: &Finding, b: &Finding) -> bool;

    /// The kind of image in words, with what identifies it (eye, sequence), without article.
    fn lead(&self, rng: &mut Rng) -> String;

    /// What is true besides the findings: eye, sequence, window, stain.
    fn acquisition(&self) -> Vec<Fact> {
        Vec::new()
    }

    /// Questions about what [`Self::acquisition`] states.
    fn ask(&self, sheet: &mut Sheet<'_>) {
        let _ = sheet;
    }

    /// The picture.
    fn render(&self) -> Image {
        self.render_at(Resolution::Half)
    }

    /// The picture at either resolution.
    fn render_at(&self, resolution: Resolution) -> Image;

    /// The picture without the finding of this kind, and the contrast in grey values of 0 to 1 that
    /// counts as visible on this scene's noise.
    fn render_without(&self, kind: usize) -> (Image, f32);
}
