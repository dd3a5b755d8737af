//! Two images compared: what is done to one is done to the other, in millimetres where both files say how large a
//! pixel is and in shares of the picture where they do not; at the same place of the patient where both lie in one
//! frame of reference.

use crate::model::viewport::{
    camera::{Camera, Pair, ViewTransform},
    orientation::Orientation,
    series::{Series, ViewPlane},
};
use unimed_imaging::{Vec3, dot};

/// From the first image's camera to the second one's: `zoom * factor`, `(middle - 1/2) * gain + shift + 1/2`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Link {
    factor: f64,
    gain: Pair,
    shift: Pair,
}

/// The image whose slices and camera rule in a comparison.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leader<'a> {
    /// Its series.
    pub(crate) series: &'a Series,
    /// The slice that is shown.
    pub(crate) slice: usize,
    /// How it is turned, and the other one with it.
    pub(crate) orientation: Orientation,
    /// Its pane, in screen pixels.
    pub(crate) pane: Pair,
}

/// A picture that lies in a pane, and the size of its pixels, mm.
#[derive(Debug, Clone, Copy)]
struct Laid {
    transform: ViewTransform,
    pixel_mm: Option<Pair>,
}

impl Laid {
    /// Screen pixels of a millimetre when it fits, and its turned size in mm.
    fn in_mm(&self) -> Option<(f64, Pair)> {
        let (across, down) = self.pixel_mm.filter(|(a, b)| *a > 0.0 && *b > 0.0)?;
        let unit_mm = across.min(down);
        let (width, height) = self.transform.size();
        let fit = self.transform.scale(Camera::default());
        Some((fit / unit_mm, (width * unit_mm, height * unit_mm)))
    }
}

impl Link {
    /// The same for both: how two pictures without a spacing are linked, and a picture with itself.
    pub(crate) const SAME: Self = Self {
        factor: 1.0,
        gain: (1.0, 1.0),
        shift: (0.0, 0.0),
    };

    /// `apart` is where the middle of the first picture lies as seen from that of the second one, mm, on the screen.
    fn new(first: Laid, second: Laid, apart: Pair) -> Self {
        let (Some((fit, size)), Some((other_fit, other_size))) = (first.in_mm(), second.in_mm())
        else {
            return Self::SAME;
        };
        Self {
            factor: fit / other_fit,
            gain: (size.0 / other_size.0, size.1 / other_size.1),
            shift: (apart.0 / other_size.0, apart.1 / other_size.1),
        }
    }

    /// The link of a pane that follows another image: its own series, slice and size, and those of the leader.
    pub(crate) fn of(leader: Leader<'_>, second: &Series, slice: usize, pane: Pair) -> Self {
        let Leader {
            series,
            slice: here,
            orientation,
            pane: first_pane,
        } = leader;
        let laid = |series: &Series, slice: usize, pane: Pair| Laid {
            transform: series.view_transform(ViewPlane::Stack, slice, orientation, pane),
            pixel_mm: series.pixel_mm(ViewPlane::Stack, slice).map(|(mm, _)| mm),
        };
        let apart =
            apart_mm(series, here, second, slice).map_or((0.0, 0.0), |mm| orientation.apply(mm));
        Self::new(
            laid(series, here, first_pane),
            laid(second, slice, pane),
            apart,
        )
    }

    /// The second image's camera.
    pub(crate) fn there(self, camera: Camera) -> Camera {
        let Self {
            factor,
            gain,
            shift,
        } = self;
        Camera {
            zoom: camera.zoom * factor,
            middle: (
                (camera.middle.0 - 0.5) * gain.0 + shift.0 + 0.5,
                (camera.middle.1 - 0.5) * gain.1 + shift.1 + 0.5,
            ),
        }
    }

    /// The first image's camera, from the second one's.
    pub(crate) fn back(self, camera: Camera) -> Camera {
        let Self {
            factor,
            gain,
            shift,
        } = self;
        Camera {
            zoom: camera.zoom / factor,
            middle: (
                (camera.middle.0 - 0.5 - shift.0) / gain.0 + 0.5,
                (camera.middle.1 - 0.5 - shift.1) / gain.1 + 0.5,
            ),
        }
    }
}

/// Whether two series lie in one frame of reference of one patient, so that equal coordinates are equal places.
fn share_space(first: &Series, second: &Series) -> bool {
    let reference = |series: &Series| {
        let rows = &series.info.metadata;
        let row = rows
            .iter()
            .find(|row| row.depth == 0 && row.tag == "(0020,0052)");
        row.map(|row| row.value.clone())
            .filter(|uid| !uid.is_empty())
    };
    reference(first).is_some_and(|uid| reference(second) == Some(uid))
}

/// Directions closer than this are the same, as the cosine of the angle between them.
const SAME_DIRECTION: f64 = 0.999;

/// The frame of the second series that lies where a frame of the first one does; `None` where the two cannot be
/// brought together by their positions.
pub(crate) fn same_depth(first: &Series, slice: usize, second: &Series) -> Option<usize> {
    if !share_space(first, second) {
        return None;
    }
    let here = first.info.frames.get(slice)?.place?;
    let normal = here.normal();
    let away = |origin: Vec3| (dot(normal, origin) - dot(normal, here.origin)).abs();
    let frames = second.info.frames.iter().enumerate();
    frames
        .filter_map(|(number, frame)| Some((number, frame.place?)))
        .filter(|(_, place)| dot(normal, place.normal()) > SAME_DIRECTION)
        .min_by(|a, b| away(a.1.origin).total_cmp(&away(b.1.origin)))
        .map(|(number, _)| number)
}

/// Where the middle of a frame lies as seen from the middle of another one, mm, along the rows and columns of both.
fn apart_mm(first: &Series, slice: usize, second: &Series, other: usize) -> Option<Pair> {
    if !share_space(first, second) {
        return None;
    }
    let place = |series: &Series, slice: usize| series.info.frames.get(slice)?.place;
    let (a, b) = (place(first, slice)?, place(second, other)?);
    if dot(a.row, b.row) < SAME_DIRECTION || dot(a.column, b.column) < SAME_DIRECTION {
        return None;
    }
    let middle = |series: &Series, slice: usize, place: unimed_imaging::Place| -> Option<Vec3> {
        let ((across, down), _) = series.pixel_mm(ViewPlane::Stack, slice)?;
        let half = |pixels: usize, mm: f64| (pixels as f64 - 1.0) / 2.0 * mm;
        let (x, y) = (
            half(series.info.width, across),
            half(series.info.height, down),
        );
        Some([0, 1, 2].map(|i| place.origin[i] + x * place.row[i] + y * place.column[i]))
    };
    let (from, to) = (middle(second, other, b)?, middle(first, slice, a)?);
    let way = [0, 1, 2].map(|i| to[i] - from[i]);
    Some((dot(way, a.row), dot(way, a.column)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::viewport::orientation::Orientation;

    fn laid(side: f64, pixel_mm: Option<f64>) -> Laid {
        Laid {
            transform: ViewTransform {
                pixels: (side, side),
                stretch: (1.0, 1.0),
                orientation: Orientation::default(),
                pane: (400.0, 400.0),
            },
            pixel_mm: pixel_mm.map(|mm| (mm, mm)),
        }
    }

    #[test]
    fn a_millimetre_is_as_long_in_both() {
        // 100 mm and 200 mm, each in 400 screen pixels: 4 and 2 of them a millimetre when they fit.
        let (first, second) = (laid(100.0, Some(1.0)), laid(400.0, Some(0.5)));
        let link = Link::new(first, second, (0.0, 0.0));
        let camera = Camera {
            zoom: 1.5,
            middle: (0.75, 0.5),
        };
        let other = link.there(camera);
        let px_per_mm = [
            first.transform.scale(camera) / 1.0,
            second.transform.scale(other) / 0.5,
        ];
        assert_eq!(px_per_mm, [6.0, 6.0]);
        // 25 mm to the right of the middle is an eighth of 200 mm.
        assert_eq!(other.middle, (0.625, 0.5));
        assert_eq!(link.back(other), camera);
    }

    #[test]
    fn another_position_shifts_the_middle() {
        let both = laid(100.0, Some(1.0));
        // The first picture's middle is 10 mm to the right of the second one's.
        let link = Link::new(both, both, (10.0, 0.0));
        assert_eq!(link.there(Camera::default()).middle, (0.6, 0.5));
    }

    #[test]
    fn without_a_spacing_shares_of_the_picture_are_linked() {
        let link = Link::new(laid(100.0, None), laid(400.0, Some(0.5)), (0.0, 0.0));
        assert_eq!(link, Link::SAME);
    }
}
