//! Real pictures that are to be made: squares of them under sentences of their fields, and their coarse copies to be made sharp.

use std::sync::Arc;

use unimed_core::paint::Mt19937;
use unimed_phantom::{FindingMask, Image, Modality, Pair, SIDE, sharpened};

use crate::{
    data::sample_rng,
    pictures::{Picture, PictureSet, View, sentences, shown_by_mask},
};

/// Of so many images from text one is real. Fewer than half, because the simulator alone has scenes of all findings, and asks
/// for them by the same words.
const ONE_IN: u64 = 3;
/// Of so many edits one is a real picture to be made sharper.
const EDITS_ONE_IN: u64 = 5;

/// A picture that is to be made, with what asks for it.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Values of -1 to 1, `[3, SIDE, SIDE]`.
    pub(super) pixels: Vec<f32>,
    pub(super) request: String,
    pub(super) caption: String,
    /// Which pixels show a finding.
    pub(super) finding: Option<Vec<bool>>,
    /// What is simulated: its modality, and the mask of each of its findings.
    pub(super) masks: Option<(Modality, Vec<FindingMask>)>,
}

/// What takes the turn of a number: a simulated sample of another number, or a real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Simulated(u64),
    Real,
}

/// Turns of real pictures among simulated ones; without pictures all are simulated.
#[derive(Debug, Clone)]
pub(super) struct RealPaintings(pub(super) Option<Arc<PictureSet>>);

impl RealPaintings {
    /// Whose turn an image from text is.
    pub(super) fn image(&self, number: u64) -> Turn {
        self.turn(number, ONE_IN)
    }

    /// Whose turn an edit is.
    pub(super) fn edit(&self, number: u64) -> Turn {
        self.turn(number, EDITS_ONE_IN)
    }

    fn turn(&self, number: u64, one_in: u64) -> Turn {
        match (&self.0, number % one_in) {
            (None, _) => Turn::Simulated(number),
            (Some(_), 0) => Turn::Real,
            (Some(_), _) => Turn::Simulated(number - number / one_in - 1),
        }
    }

    /// The real picture of a number.
    pub(super) fn wanted(&self, number: u64) -> Option<Wanted> {
        let mut rng = sample_rng(11, number);
        let picture = self.0.as_ref()?.draw_medical(&mut rng)?;
        wanted(picture, &mut rng)
    }

    /// The real pair of a number.
    pub(super) fn pair(&self, number: u64) -> Option<Pair> {
        let mut rng = sample_rng(12, number);
        let picture = self.0.as_ref()?.draw_medical(&mut rng)?;
        let image = View::painted(picture, SIDE, &mut rng).image();
        let target = Image {
            width: image.width,
            height: image.height,
            pixels: image.pixels,
        };
        Some(sharpened(picture.record.modality?, target, number))
    }

    /// Pictures kept for validation, `count` at most, spread over them source by source; always the same squares.
    pub(super) fn held(&self, count: usize) -> Vec<Wanted> {
        let held: Vec<&Picture> = self.0.iter().flat_map(|gallery| &gallery.held).collect();
        let step = held.len().div_ceil(count).max(1);
        let chosen = held.into_iter().step_by(step).zip(0..);
        chosen
            .filter_map(|(picture, index)| wanted(picture, &mut sample_rng(13, index)))
            .collect()
    }
}

fn wanted(picture: &Picture, rng: &mut Mt19937) -> Option<Wanted> {
    let view = View::painted(picture, SIDE, rng);
    let said = sentences(&picture.record, view.frame, view.mirrored, rng)?;
    Some(Wanted {
        pixels: view.pixels,
        request: said.request,
        caption: said.caption,
        finding: view.mask.filter(|_| shown_by_mask(&picture.record)),
        masks: None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pictures::{
        Folder,
        made::{Made, line},
    };

    fn paintings(name: &str) -> (Made, RealPaintings) {
        let made = Made::new(name);
        // Black, with a white square in the upper left corner that the mask marks.
        made.picture("a.png", (200, 160), [0; 3], [20, 20, 60, 60]);
        made.picture("mask.png", (200, 160), [0; 3], [20, 20, 60, 60]);
        made.picture("b.png", (32, 32), [90; 3], [4, 4, 12, 12]);
        made.index(&[
            line(
                "a.png",
                json!({"split": "train", "width": 200, "height": 160, "organ": "colon",
                    "findings": {"polyp": true}, "mask": "mask.png", "mask_of": "polyp",
                    "box": [0.1, 0.125, 0.3, 0.375]}),
            ),
            line(
                "b.png",
                json!({"split": "train", "modality": null, "kind": "other", "source": "photos"}),
            ),
        ]);
        let folder = Folder::open(made.path()).expect("sound");
        let gallery = PictureSet::training(&[folder]).expect("pictures");
        (made, RealPaintings(Some(Arc::new(gallery))))
    }

    #[test]
    fn every_third_image_is_real_and_no_simulated_one_is_left_out() {
        let (_made, real) = paintings("turns");
        let turns: Vec<Turn> = (0..7).map(|number| real.image(number)).collect();
        let simulated = Turn::Simulated;
        let real_turn = Turn::Real;
        assert_eq!(
            turns,
            [
                real_turn,
                simulated(0),
                simulated(1),
                real_turn,
                simulated(2),
                simulated(3),
                real_turn
            ]
        );
        assert_eq!(real.edit(5), Turn::Real);
        assert_eq!(real.edit(6), simulated(4));
        assert_eq!(RealPaintings(None).image(3), simulated(3));
    }

    #[test]
    fn the_text_says_where_the_finding_of_the_square_is() {
        let (_made, real) = paintings("wanted");
        let mut places = [0, 0];
        for number in 0..60 {
            let wanted = real.wanted(number).expect("a picture of a known kind");
            assert_eq!(wanted.pixels.len(), 3 * SIDE * SIDE);
            let mask = wanted.finding.expect("the mask is of the finding");
            // What is white is what the mask marks, but for pixels on the border.
            let wrong = mask
                .iter()
                .zip(&wanted.pixels)
                .filter(|(marked, value)| **marked != (**value > 0.0));
            assert!(wrong.count() < 160, "{number}");
            let middle = mask.iter().enumerate().filter(|(_, marked)| **marked);
            let columns: Vec<usize> = middle.map(|(at, _)| at % SIDE).collect();
            let mean = columns.iter().sum::<usize>() / columns.len().max(1);
            for (side, name) in ["left", "right"].into_iter().enumerate() {
                if wanted.caption.contains(name) {
                    assert_eq!(mean * 2 / SIDE, side, "{} {mean}", wanted.caption);
                    assert!(wanted.request.contains(name), "{}", wanted.request);
                    places[side] += 1;
                }
            }
        }
        assert!(places[0] > 5 && places[1] > 5, "{places:?}");
    }

    #[test]
    fn a_pair_is_the_square_and_its_coarse_copy() {
        let (_made, real) = paintings("pairs");
        let pair = real.pair(4).expect("a picture");
        assert_eq!((pair.target.width, pair.target.height), (SIDE, SIDE));
        assert_eq!(pair.source.pixels.len(), pair.target.pixels.len());
        assert!(pair.source != pair.target);
        let mean = |image: &Image| {
            image.pixels.iter().map(|&v| f64::from(v)).sum::<f64>() / image.pixels.len() as f64
        };
        assert!((mean(&pair.source) - mean(&pair.target)).abs() < 1.0);
        assert_eq!(real.pair(4).expect("a picture").target, pair.target);
    }
}
