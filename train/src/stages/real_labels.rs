//! Real pictures as labels of the vision stage: what a line of the index answers, and nothing of what it does not tell.

use std::{collections::BTreeSet, sync::Arc};

use unimed_imaging::ResizeRule;
use unimed_phantom::Modality;

use super::{
    modality_number::modality_number,
    places::findings,
    real_questions::{TopicScores, told},
};
use crate::pictures::{Asked, Picture, PictureSet, Topic, View};

/// In the place of a modality: a label that all modalities share.
pub(super) const ANYWHERE: usize = usize::MAX;
/// In the place of a modality: a picture of none of the kinds.
const OTHER: usize = usize::MAX - 1;

/// A scene has some fifty labels, a picture a handful; so each of these counts more.
const FINDING: f32 = 10.0;
const ATTRIBUTE: f32 = 3.0;

/// Longest side that a picture is read at.
const LONGEST: usize = 256;

/// The gallery, and the rows that it adds to the places.
#[derive(Debug)]
pub(super) struct RealLabels {
    pub(super) gallery: Arc<PictureSet>,
    /// What masks are of, where no simulator has such a finding.
    further: Vec<(Modality, String)>,
}

impl RealLabels {
    pub(super) fn new(gallery: Arc<PictureSet>) -> Self {
        let further: BTreeSet<(usize, String)> = gallery
            .pictures
            .iter()
            .filter_map(|picture| {
                let modality = picture.record.modality?;
                let (_, what) = picture.record.mask.as_ref()?;
                simulated_row(modality, what)
                    .is_none()
                    .then(|| (modality_number(modality), what.clone()))
            })
            .collect();
        let further = further
            .into_iter()
            .map(|(at, what)| (Modality::ALL[at], what))
            .collect();
        Self { gallery, further }
    }

    /// Rows of the places beyond the simulator's.
    pub(super) fn further_places(&self) -> usize {
        self.further.len()
    }

    /// All labels of the pictures.
    pub(super) fn labels(&self) -> BTreeSet<(usize, String, String)> {
        let pictures = self.gallery.pictures.iter();
        pictures
            .flat_map(|picture| {
                let asked = picture.asked.iter();
                asked.map(|asked| {
                    (
                        owner(picture, asked),
                        asked.key.clone(),
                        asked.answer.clone(),
                    )
                })
            })
            .collect()
    }

    /// Which labels hold for a view of a picture, and how much each counts.
    pub(super) fn truth(
        &self,
        labels: &[(usize, String, String)],
        picture: &Picture,
        view: &View,
    ) -> (Vec<f32>, Vec<f32>) {
        let mut holds = vec![0.0; labels.len()];
        let mut counts = holds.clone();
        for (asked, answer) in told(picture, view) {
            let owner = owner(picture, &asked);
            for (row, (modality, key, value)) in labels.iter().enumerate() {
                let own = asked.key == *key && (key == "modality" || *modality == owner);
                if own {
                    counts[row] = if asked.topic == Topic::Finding {
                        FINDING
                    } else {
                        ATTRIBUTE
                    };
                    holds[row] = f32::from(u8::from(*value == answer));
                }
            }
        }
        (holds, counts)
    }

    /// The row of the places that a picture's mask belongs to.
    pub(super) fn place_row(&self, picture: &Picture) -> Option<usize> {
        let modality = picture.record.modality?;
        let (_, what) = picture.record.mask.as_ref()?;
        simulated_row(modality, what).or_else(|| {
            let row = self
                .further
                .iter()
                .position(|(owner, name)| *owner == modality && name == what)?;
            Some(findings().len() + row)
        })
    }

    /// Shares of right labels of the pictures kept for validation, from `logits` of the plain picture: labels, and places
    /// patch by patch.
    pub(super) fn validate(
        &self,
        labels: &[(usize, String, String)],
        patch: usize,
        logits: impl Fn(Vec<f32>, usize, usize) -> (Vec<f32>, Vec<f32>),
    ) -> Vec<(&'static str, f64)> {
        let rule = ResizeRule {
            max: LONGEST,
            min: 64,
            stride: patch,
            max_pixels: LONGEST * LONGEST,
        };
        let rows = findings().len() + self.further.len();
        let mut scores = TopicScores::default();
        let (mut hits, mut pointed) = (0.0, 0.0);
        for picture in &self.gallery.held {
            let Ok(view) = View::plain(picture, &rule) else {
                continue;
            };
            let (scored, places) = logits(view.pixels.clone(), view.height, view.width);
            for (asked, answer) in told(picture, &view) {
                let owner = owner(picture, &asked);
                let rows = labels
                    .iter()
                    .zip(&scored)
                    .filter(|((modality, key, _), _)| {
                        asked.key == *key && (key == "modality" || *modality == owner)
                    });
                let best = rows.max_by(|a, b| a.1.total_cmp(b.1));
                let Some(((_, _, value), _)) = best else {
                    continue;
                };
                scores.add(&asked, &answer, *value == answer);
            }
            if let (Some(row), Some(frame), Some(mask)) =
                (self.place_row(picture), view.frame, &view.mask)
                && frame.area() < 0.5
            {
                let patches = places.chunks(rows).map(|patch| patch[row]).enumerate();
                if let Some((best, _)) = patches.max_by(|a, b| a.1.total_cmp(&b.1)) {
                    let columns = view.width / patch;
                    let middle = |at: usize| at * patch + patch / 2;
                    let (x, y) = (middle(best % columns), middle(best / columns));
                    hits += f64::from(u8::from(mask[y * view.width + x]));
                    pointed += 1.0;
                }
            }
        }
        scores.print();
        let mut figures = scores.figures().to_vec();
        figures.push(("real_pointing", hits / f64::max(pointed, 1.0)));
        figures
    }
}

/// Whose label a question's answer is.
fn owner(picture: &Picture, asked: &Asked) -> usize {
    match picture.record.modality {
        _ if asked.key == "organ" => ANYWHERE,
        Some(modality) => modality_number(modality),
        None => OTHER,
    }
}

/// The simulator's row for what a mask is of.
fn simulated_row(modality: Modality, what: &str) -> Option<usize> {
    let name = if what == "hard exudates" {
        "exudates"
    } else {
        what
    };
    findings()
        .iter()
        .position(|(owner, finding)| *owner == modality && *finding == name)
}
