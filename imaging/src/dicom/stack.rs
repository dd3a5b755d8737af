//! How the frames of a series share space and time: a stack, a film, or both.

use crate::Place;
use crate::geometry::{dot, length};

/// Frames that show the same position are closer than this, mm.
pub(super) const SAME_MM: f64 = 0.01;

/// Whether two frames lie parallel, to about a degree.
pub(super) fn parallel(a: &Place, b: &Place) -> bool {
    dot(a.row, b.row) > 0.9998 && dot(a.column, b.column) > 0.9998
}

/// How frames share space and time.
#[derive(Debug, PartialEq)]
pub(super) struct Stack {
    pub(super) slices: usize,
    pub(super) times: usize,
    /// From a slice to the next one, mm, if they are parallel and equally spaced.
    pub(super) step: Option<[f64; 3]>,
    pub(super) note: Option<&'static str>,
}

impl Stack {
    /// From the places of sorted frames.
    pub(super) fn of(places: &[Option<Place>]) -> Self {
        let count = places.len();
        let plain = |slices, times, note| Self {
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
                    "The frames of this series do not lie parallel, so the other planes are not offered.",
                ),
            );
        }
        let depths: Vec<f64> = known
            .iter()
            .map(|p| dot(p.origin, known[0].normal()))
            .collect();
        let same = |a: f64, b: f64| (a - b).abs() <= 2.0 * SAME_MM;
        let times = depths.iter().take_while(|d| same(**d, depths[0])).count();
        if times == count {
            return plain(1, count, None);
        }
        let positions: Vec<&[f64]> = depths.chunks(times).collect();
        let even = positions
            .iter()
            .all(|p| p.len() == times && p.iter().all(|d| same(*d, p[0])));
        if !even {
            return plain(
                count,
                1,
                Some(
                    "Some positions of this series have more frames than others; files may be missing. The other planes are not offered.",
                ),
            );
        }
        let slices = positions.len();
        let origins: Vec<[f64; 3]> = known.iter().step_by(times).map(|p| p.origin).collect();
        let step =
            [0, 1, 2].map(|r| (origins[slices - 1][r] - origins[0][r]) / (slices - 1) as f64);
        let size = length(step);
        let on_line = origins.iter().enumerate().all(|(k, origin)| {
            let off = [0, 1, 2].map(|r| origin[r] - origins[0][r] - step[r] * k as f64);
            length(off) <= (0.02 * size).max(0.05)
        });
        if !on_line || size <= SAME_MM {
            return plain(
                slices,
                times,
                Some(
                    "The slices of this series are not equally spaced; some may be missing. The other planes are not offered.",
                ),
            );
        }
        Self {
            slices,
            times,
            step: Some(step),
            note: None,
        }
    }
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

    #[test]
    fn stacks_are_told_from_films_and_from_gaps() {
        let even = Stack::of(&[at(0.0), at(2.5), at(5.0)]);
        assert_eq!(
            (even.slices, even.times, even.step),
            (3, 1, Some([0.0, 0.0, 2.5]))
        );
        let film = Stack::of(&[None, None]);
        assert_eq!((film.slices, film.times, film.step), (1, 2, None));
        let beating = Stack::of(&[at(0.0), at(0.0), at(3.0), at(3.0)]);
        assert_eq!(
            (beating.slices, beating.times, beating.step),
            (2, 2, Some([0.0, 0.0, 3.0]))
        );
        let gap = Stack::of(&[at(0.0), at(2.5), at(7.5)]);
        assert!(gap.step.is_none() && gap.note.unwrap().contains("equally spaced"));
        let uneven = Stack::of(&[at(0.0), at(0.0), at(3.0)]);
        assert!(uneven.note.unwrap().contains("more frames"));
        let mut turned = at(5.0);
        turned.as_mut().unwrap().row = [0.0, 0.0, 1.0];
        assert!(
            Stack::of(&[at(0.0), turned])
                .note
                .unwrap()
                .contains("parallel")
        );
    }
}
