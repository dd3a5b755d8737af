//! Which picture comes next: modalities by the root of how many pictures they have, then sources likewise, then what
//! a source tells apart in equal parts.
//!
//! In equal parts by modality, 55 fundus photographs came as often as 1 100 ultrasound images: each of them thirty times
//! before the rarest breast lesion had come three times. In proportion to their number, fundus photographs hardly came at
//! all. The root lies between.

use std::collections::BTreeMap;

use unimed_core::paint::Mt19937;

use super::picture::Picture;
use crate::data::below;

/// A choice among parts with weights.
#[derive(Debug, Clone, PartialEq)]
struct Weighted<T> {
    parts: Vec<(f64, T)>,
    total: f64,
}

impl<T> Weighted<T> {
    fn new(parts: Vec<(f64, T)>) -> Self {
        let total = parts.iter().map(|(weight, _)| weight).sum();
        Self { parts, total }
    }

    fn pick(&self, rng: &mut Mt19937) -> &T {
        let mut left = rng.uniform() * self.total;
        for (weight, part) in &self.parts {
            left -= weight;
            if left < 0.0 {
                return part;
            }
        }
        &self.parts[self.parts.len() - 1].1
    }
}

/// Pictures by modality, source and what they show.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Turns(Weighted<Weighted<Vec<Vec<usize>>>>);

impl Turns {
    /// Turns over some pictures, of which there must be one.
    pub(super) fn new(pictures: &[Picture]) -> Self {
        type Shown = BTreeMap<String, Vec<usize>>;
        let mut all: BTreeMap<&str, BTreeMap<&str, Shown>> = BTreeMap::new();
        for (index, picture) in pictures.iter().enumerate() {
            let record = &picture.record;
            let modality = record
                .modality
                .map_or("other", unimed_phantom::Modality::key);
            let shown = all
                .entry(modality)
                .or_default()
                .entry(&record.source)
                .or_default();
            shown.entry(picture.shows.clone()).or_default().push(index);
        }
        let root = |count: usize| (count as f64).sqrt();
        let modalities = all.into_values().map(|sources| {
            let sources: Vec<_> = sources
                .into_values()
                .map(|shown| {
                    let shown: Vec<Vec<usize>> = shown.into_values().collect();
                    (root(shown.iter().map(Vec::len).sum()), shown)
                })
                .collect();
            let count: f64 = sources.iter().map(|(root, _)| root * root).sum();
            (count.sqrt(), Weighted::new(sources))
        });
        Self(Weighted::new(modalities.collect()))
    }

    /// The next picture.
    pub(super) fn next(&self, rng: &mut Mt19937) -> usize {
        let shown = self.0.pick(rng).pick(rng);
        let list = &shown[below(rng, shown.len())];
        list[below(rng, list.len())]
    }
}
