//! What is sampled for a slice.

use super::canvas::{Canvas, Scan};
use super::kinds::{
    ANEURYSM, EFFUSION, HEMORRHAGE, HYDROCEPHALUS, KINDS, LIVER_LESION, NODULE, PNEUMOTHORAX,
};
use super::kinds::{SUBDURAL, region_of};
use super::tissue::Region;
use super::{abdomen, chest, head};
use crate::finding::{Finding, Side};
use crate::plane::{Plane, Resolution, View};
use crate::rng::Rng;

/// What lies in the slice.
#[derive(Clone, Debug)]
enum Anatomy {
    Head(head::Head),
    Chest(chest::Chest),
    Abdomen(abdomen::Abdomen),
}

/// Everything that decides what a CT slice looks like and what is said about it.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(super) region: Region,
    pub(super) view: View,
    anatomy: Anatomy,
    pub(super) scan: Scan,
    pub(super) findings: Vec<Finding>,
    grain_seed: u64,
}

impl Scene {
    /// A scene without findings.
    pub(crate) fn normal(rng: &mut Rng) -> Self {
        let region = rng.pick(&Region::ALL);
        // Half of the frame in mm, and how far a patient may lie from its middle.
        let (anatomy, half, off) = match region {
            Region::Head => (Anatomy::Head(head::Head::normal(rng)), 100.0, 4.0),
            Region::Chest => (Anatomy::Chest(chest::Chest::normal(rng)), 184.0, 8.0),
            Region::Abdomen => (Anatomy::Abdomen(abdomen::Abdomen::normal(rng)), 170.0, 8.0),
        };
        let view = View::new(
            half,
            rng.range(0.95, 1.10),
            rng.range(-0.12, 0.12),
            [rng.range(-off, off), rng.range(-off, off)],
        );
        let [centre, width] = region.centre_width();
        let [least, most] = region.noise();
        let scan = Scan {
            centre: centre + width * rng.range(-0.03, 0.05),
            width: width * rng.range(0.95, 1.2),
            noise: rng.range(least, most),
            blur: rng.range(0.65, 1.15),
            cup: if region == Region::Head {
                rng.range(0.0, 4.0)
            } else {
                0.0
            },
            // Chests often fill the reconstructed circle, so it is seen; heads never do.
            field: if region == Region::Chest || rng.chance(1, 3) {
                rng.range(0.99, 1.08)
            } else {
                1.5
            },
            gamma: rng.range(0.85, 1.2),
            noise_seed: rng.next(),
        };
        Self {
            region,
            view,
            anatomy,
            scan,
            findings: Vec::new(),
            grain_seed: rng.next(),
        }
    }

    /// Adds a finding of the given kind with sampled attributes. `side` forces the side.
    pub(super) fn add(&mut self, kind: usize, side: Option<Side>, rng: &mut Rng) {
        let mut finding = Finding::new(&KINDS[kind]);
        match &mut self.anatomy {
            Anatomy::Head(head) => head.add(&mut finding, kind, side, rng),
            Anatomy::Chest(chest) => chest.add(&mut finding, kind, side, rng),
            Anatomy::Abdomen(abdomen) => abdomen.add(&mut finding, kind, rng),
        }
        self.findings.push(finding);
    }

    /// The same scene without the finding of this kind.
    pub(super) fn without(&self, kind: usize) -> Self {
        let mut scene = self.clone();
        scene.findings.retain(|f| f.kind.key != KINDS[kind].key);
        match &mut scene.anatomy {
            Anatomy::Head(head) => head.remove(kind),
            Anatomy::Chest(chest) => chest.remove(kind),
            Anatomy::Abdomen(abdomen) => abdomen.remove(kind),
        }
        scene
    }

    /// The picture in grey values of 0 to 1.
    pub(super) fn draw(&self, resolution: Resolution) -> Plane {
        let mut canvas = Canvas::new(self.view, self.grain_seed);
        match &self.anatomy {
            Anatomy::Head(head) => head.paint(&mut canvas),
            Anatomy::Chest(chest) => chest.paint(&mut canvas),
            Anatomy::Abdomen(abdomen) => abdomen.paint(&mut canvas),
        }
        canvas.acquire(&self.scan, resolution)
    }

    /// Adds one of the combinations that only the held-out split shows.
    pub(super) fn add_held_out(&mut self, rng: &mut Rng) {
        match self.region {
            Region::Head => {
                self.add(HYDROCEPHALUS, None, rng);
                self.add(HEMORRHAGE, Some(Side::Left), rng);
            }
            Region::Chest if rng.chance(1, 2) => {
                self.add(EFFUSION, Some(Side::Right), rng);
                self.add(NODULE, Some(Side::Left), rng);
            }
            Region::Chest => {
                self.add(EFFUSION, Some(Side::Left), rng);
                self.add(PNEUMOTHORAX, Some(Side::Right), rng);
            }
            Region::Abdomen => {
                self.add(LIVER_LESION, None, rng);
                while self.findings.len() < 2 {
                    let mut trial = self.clone();
                    trial.add(ANEURYSM, None, rng);
                    if trial.is_held_out() {
                        *self = trial;
                    }
                }
            }
        }
    }

    /// Combinations that only the held-out split shows: hydrocephalus with hemorrhage on the left,
    /// effusion on the right with nodules on the left, effusion on the left with pneumothorax on the
    /// right, liver lesions with a large aneurysm.
    pub(super) fn is_held_out(&self) -> bool {
        let has = |kind: usize, side: Option<Side>, size: Option<&str>| {
            self.findings.iter().any(|f| {
                f.kind.key == KINDS[kind].key
                    && (side.is_none() || f.side == side)
                    && (size.is_none() || f.size == size)
            })
        };
        let (left, right) = (Some(Side::Left), Some(Side::Right));
        (has(HYDROCEPHALUS, None, None) && has(HEMORRHAGE, left, None))
            || (has(EFFUSION, right, None) && has(NODULE, left, None))
            || (has(EFFUSION, left, None) && has(PNEUMOTHORAX, right, None))
            || (has(LIVER_LESION, None, None) && has(ANEURYSM, None, Some("large")))
    }

    /// Combinations that are drawn: in one lung or one half of the head, one finding would cover or
    /// move the other.
    pub(super) fn pairs_allowed(&self, a: &Finding, b: &Finding) -> bool {
        let same_side = match (a.side, b.side) {
            (Some(a), Some(b)) => a == b || a == Side::Both || b == Side::Both,
            _ => false,
        };
        // Blood under the skull presses the ventricles flat, whatever their size was.
        let hides = |f: &Finding, g: &Finding| {
            f.kind.key == KINDS[HYDROCEPHALUS].key
                && g.kind.key == KINDS[SUBDURAL].key
                && g.size == Some("large")
        };
        !(same_side || hides(a, b) || hides(b, a))
    }

    pub(super) fn can_show(&self, kind: usize) -> bool {
        region_of(kind) == self.region
    }
}
