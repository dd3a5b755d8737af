//! Whether frames fill space, follow each other in time, or both.

use std::cmp::Ordering;

use super::positions::{self, Scale};
use crate::Place;
use crate::geometry::{dot, length};

/// Whether two frames lie parallel, to about a degree.
pub(super) fn parallel(a: &Place, b: &Place) -> bool {
    dot(a.row, b.row) > 0.9998 && dot(a.column, b.column) > 0.9998
}

/// How frames share space and time.
#[derive(Debug, PartialEq)]
pub(super) struct Stack {
    /// The frames by their numbers before; frame `t * slices + s` is slice s at time t.
    pub(super) order: Vec<usize>,
    pub(super) slices: usize,
    pub(super) times: usize,
    /// From a slice to the next one, mm, if they are parallel and equally spaced.
    pub(super) step: Option<[f64; 3]>,
    pub(super) note: Option<String>,
}

impl Stack {
    /// From the places of frames; `order` sorts those of one position.
    pub(super) fn of(
        places: &[Option<Place>],
        scale: Scale,
        order: impl Fn(usize, usize) -> Ordering,
    ) -> Self {
        let count = places.len();
        let plain = |slices, times, note: Option<String>| Self {
            order: (0..count).collect(),
            slices,
            times,
            step: None,
            note,
        };
        if count < 2 {
            return plain(count, 1, None);
        }
        let known: Option<Vec<Place>> = places.iter().copied().collect();
        let Some(known) = known else {
            // Nothing is said about space: a film.
            return plain(1, count, None);
        };
        if !known.iter().all(|p| parallel(p, &known[0])) {
            return plain(
                count,
                1,
                Some(
                    "The frames of this series do not lie parallel, so the other planes are not offered."
                        .to_owned(),
                ),
            );
        }
        let normal = known[0].normal();
        let depth = |i: usize| dot(known[i].origin, normal);
        let mut sorted: Vec<usize> = (0..count).collect();
        sorted.sort_by(|a, b| depth(*a).total_cmp(&depth(*b)).then(a.cmp(b)));
        let depths: Vec<f64> = sorted.iter().map(|i| depth(*i)).collect();
        let mut rest = sorted.as_slice();
        let mut positions: Vec<Vec<usize>> = Vec::new();
        for size in positions::sizes(&depths, scale) {
            let (own, after) = rest.split_at(size.min(rest.len()));
            rest = after;
            let mut own = own.to_vec();
            own.sort_by(|a, b| order(*a, *b));
            positions.push(own);
        }
        let flat: Vec<usize> = positions.concat();
        let listed = |note: String| Self {
            order: flat.clone(),
            ..plain(count, 1, Some(note))
        };
        if beside(&positions, &known, scale) {
            return listed(
                "Frames of this series lie beside each other, so the other planes are not offered."
                    .to_owned(),
            );
        }
        let times = common(&positions);
        let other = positions.iter().filter(|p| p.len() != times).count();
        if other > 0 {
            return listed(format!(
                "{other} of {} slice positions hold another number of frames than {times}; files may be missing or repeated. The other planes are not offered.",
                positions.len()
            ));
        }
        let slices = positions.len();
        let turn = (0..times).flat_map(|t| positions.iter().filter_map(move |p| p.get(t)));
        let stack = Self {
            order: turn.copied().collect(),
            ..plain(slices, times, None)
        };
        if slices == 1 {
            return stack;
        }
        let firsts: Vec<Place> = positions.iter().map(|p| known[p[0]]).collect();
        match positions::step(&firsts, scale) {
            Ok(step) => Self {
                step: Some(step),
                ..stack
            },
            Err(note) => Self {
                note: Some(note),
                ..stack
            },
        }
    }
}

/// How many frames most positions have.
fn common(positions: &[Vec<usize>]) -> usize {
    let mut sizes: Vec<usize> = positions.iter().map(Vec::len).collect();
    sizes.sort_unstable();
    let runs = sizes.chunk_by(|a, b| a == b);
    runs.max_by_key(|run| run.len()).map_or(0, |run| run[0])
}

/// Whether frames of one position show different places of their plane.
fn beside(positions: &[Vec<usize>], places: &[Place], scale: Scale) -> bool {
    let pixel = scale.pixel_mm.or(scale.slice_mm).unwrap_or(1.0);
    positions.iter().any(|own| {
        let first = places[own[0]];
        own.iter().any(|i| {
            let offset = [0, 1, 2].map(|r| places[*i].origin[r] - first.origin[r]);
            let aside = [first.row, first.column].map(|axis| dot(offset, axis));
            length([aside[0], aside[1], 0.0]) > 0.5 * pixel
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(z: f64) -> Option<Place> {
        Some(Place {
            origin: [0.0, 0.0, z],
            row: [1.0, 0.0, 0.0],
            column: [0.0, 1.0, 0.0],
        })
    }

    fn stack(places: &[Option<Place>]) -> Stack {
        let scale = Scale {
            pixel_mm: Some(0.5),
            slice_mm: None,
            pixels: 512,
        };
        Stack::of(places, scale, |a, b| a.cmp(&b))
    }

    #[test]
    fn stacks_are_told_from_films_and_from_gaps() {
        let even = stack(&[at(5.0), at(0.0), at(2.5)]);
        assert_eq!(
            (even.slices, even.times, even.step),
            (3, 1, Some([0.0, 0.0, 2.5]))
        );
        assert_eq!(even.order, [1, 2, 0]);
        let film = stack(&[None, None]);
        assert_eq!((film.slices, film.times, film.step), (1, 2, None));
        let beating = stack(&[at(3.0), at(0.0), at(3.0), at(0.0)]);
        assert_eq!(
            (beating.slices, beating.times, beating.step),
            (2, 2, Some([0.0, 0.0, 3.0]))
        );
        assert_eq!(beating.order, [1, 0, 3, 2]);
        let gap = stack(&[at(0.0), at(2.5), at(5.0), at(12.5)]);
        assert_eq!((gap.slices, gap.step), (4, None));
        assert_eq!(
            gap.note.unwrap(),
            "2 slices are missing: the gap between slices 3 and 4 is 7.5 mm instead of 2.5 mm. The other planes are not offered."
        );
        let uneven = stack(&[at(0.0), at(0.0), at(3.0), at(6.0)]);
        assert_eq!((uneven.slices, uneven.times), (4, 1));
        assert!(
            uneven
                .note
                .unwrap()
                .starts_with("1 of 3 slice positions hold another number of frames than 1;")
        );
        let mut turned = at(5.0);
        turned.as_mut().unwrap().row = [0.0, 0.0, 1.0];
        assert!(stack(&[at(0.0), turned]).note.unwrap().contains("parallel"));
        let mut aside = at(0.0);
        aside.as_mut().unwrap().origin[0] = 200.0;
        let aside = stack(&[at(0.0), aside]);
        assert_eq!((aside.slices, aside.times), (2, 1));
        assert!(aside.note.unwrap().contains("beside each other"));
    }
}
