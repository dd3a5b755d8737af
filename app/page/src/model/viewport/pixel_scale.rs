//! What the pixels of a slice are worth: their size and shape, their values, and the frame that says so.

use crate::model::viewport::{
    camera::{Pair, ViewTransform},
    orientation::Orientation,
    series::{Series, ViewPlane},
    window_level::number,
};
use unimed_imaging::{
    PixelMetric, RealWorldValueMapping, Region, SeriesInfo, SpacingKind,
    measure::{self, Picture, Scale},
};

impl Series {
    /// What is measured on.
    pub(crate) fn picture(&self, cut: ViewPlane, slice: usize) -> Picture<'_> {
        self.plane(cut)
            .map_or(Picture::Frame(slice), Picture::Plane)
    }

    /// The frame whose attributes hold for a slice. For planes the frames agree in geometry and inversion; of their windows
    /// the one in the middle counts.
    pub(crate) fn frame(&self, cut: ViewPlane, slice: usize, time: usize) -> usize {
        match self.plane(cut) {
            None => slice,
            Some(_) => time * self.info.slices + self.info.slices / 2,
        }
    }

    /// The size of a pixel of a slice across and down, and its unit: in the frame as a whole, where the file tells one.
    fn pixel(&self, cut: ViewPlane, slice: usize) -> Option<(Pair, Scale)> {
        let spacing = match cut {
            ViewPlane::Stack => self.info.spacing(slice),
            ViewPlane::Plane(_) => None,
        };
        let metric = match spacing {
            Some(spacing) => PixelMetric::of_spacing(spacing),
            None => measure::metric(&self.info, self.picture(cut, slice), &[]).ok()?,
        };
        // Regions that do not share a scale give the picture none.
        let regions = cut == ViewPlane::Stack
            && spacing.is_none()
            && self
                .info
                .frames
                .get(slice)
                .is_some_and(|frame| frame.regions.iter().any(Region::is_calibrated));
        let [across, down] = metric.pixel();
        let known = metric.scale != Scale::Pixels && !regions && across > 0.0 && down > 0.0;
        known.then_some(((across, down), metric.scale))
    }

    /// What a pixel of a slice measures across and down, mm, and where that holds, if the file says so.
    pub(crate) fn pixel_mm(&self, cut: ViewPlane, slice: usize) -> Option<(Pair, SpacingKind)> {
        match self.pixel(cut, slice)? {
            (pixel, Scale::Millimetres(kind)) => Some((pixel, kind)),
            _ => None,
        }
    }

    /// What a pixel of a slice is drawn as: the smaller side is 1.
    pub(crate) fn stretch(&self, cut: ViewPlane, slice: usize) -> Pair {
        stretch(self.pixel(cut, slice).map(|(pixel, _)| pixel))
    }

    /// From the pixels of a slice to the screen of a pane.
    pub(crate) fn view_transform(
        &self,
        cut: ViewPlane,
        slice: usize,
        orientation: Orientation,
        pane: Pair,
    ) -> ViewTransform {
        let (width, height) = self.size(cut);
        ViewTransform {
            pixels: (width as f64, height as f64),
            stretch: self.stretch(cut, slice),
            orientation,
            pane,
        }
    }

    /// Whether there is a voxel at a pixel: planes of a sheared volume have corners without any.
    pub(crate) fn covers(&self, cut: ViewPlane, slice: usize, x: usize, y: usize) -> bool {
        self.plane(cut)
            .is_none_or(|plane| plane.covers(slice, x, y))
    }

    /// The value of a stored number of a picture in words: with the unit that windows act on, and the quantity that the file
    /// maps it to (Real World Value Mapping), if that is another one.
    pub(crate) fn value_words(&self, picture: Picture<'_>, frame: usize, stored: f64) -> String {
        let with_unit =
            |value: f64, unit: &str| format!("{} {unit}", number(value)).trim().to_owned();
        let value = measure::real_value(&self.info, picture, stored);
        let value = value.map(|value| with_unit(value, &self.info.unit));
        let other = value.as_ref().and(real_world(&self.info, frame));
        let other = other.and_then(|map| Some(with_unit(map.value(stored)?, &map.unit)));
        let all: Vec<_> = value.into_iter().chain(other).collect();
        all.join(" = ")
    }
}

/// The quantity that a frame's stored numbers are mapped to, where it is not the value that windows act on.
pub(crate) fn real_world(info: &SeriesInfo, frame: usize) -> Option<&RealWorldValueMapping> {
    let found = info.frames.get(frame)?.real_world.as_ref()?;
    let same = found.table.is_empty() && found.map == info.rescale && found.unit == info.unit;
    (!same).then_some(found)
}

/// What a pixel of this size is drawn as: the smaller side is 1; never more than 20 times longer than wide.
fn stretch(pixel_mm: Option<Pair>) -> Pair {
    let Some((across, down)) = pixel_mm.filter(|(a, b)| *a > 0.0 && *b > 0.0) else {
        return (1.0, 1.0);
    };
    let unit = across.min(down);
    // Rounding in the file is no reason to blur every picture a little.
    let side = |mm: f64| {
        let ratio = (mm / unit).min(20.0);
        if ratio < 1.001 { 1.0 } else { ratio }
    };
    (side(across), side(down))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::viewport::window_level::tests::plain;
    use unimed_imaging::{FrameInfo, Region, RegionUnit, Rescale, SampleKind, Spacing};

    #[test]
    fn pixels_are_drawn_with_the_shape_that_they_have() {
        let mut info = plain(SampleKind::U8, (0.0, 255.0));
        info.frames[0].spacing = Some(Spacing {
            row_mm: 0.6,
            column_mm: 0.3,
            kind: SpacingKind::Patient,
        });
        let series = Series::bare(info);
        assert_eq!(series.stretch(ViewPlane::Stack, 0), (1.0, 2.0));
        assert_eq!(series.slice_words(ViewPlane::Stack, 0), "");
        assert_eq!(stretch(Some((0.5, 0.500_1))), (1.0, 1.0));
        assert_eq!(stretch(None), (1.0, 1.0));
    }

    fn spacing(mm: f64, kind: SpacingKind) -> Option<Spacing> {
        Some(Spacing {
            row_mm: mm,
            column_mm: mm,
            kind,
        })
    }

    #[test]
    fn a_frame_is_drawn_and_scaled_by_its_own_size_of_a_pixel() {
        let mut info = plain(SampleKind::U8, (0.0, 255.0));
        info.frames = vec![FrameInfo::default(); 4];
        info.frames[0].spacing = spacing(0.1, SpacingKind::Detector);
        info.frames[1].spacing = spacing(0.5, SpacingKind::Ultrasound);
        info.frames[2].pixel_aspect = Some([2.0, 1.0]);
        let series = Series::bare(info);
        let found = [0, 1, 2, 3].map(|slice| series.pixel_mm(ViewPlane::Stack, slice));
        assert_eq!(
            found,
            [
                Some(((0.1, 0.1), SpacingKind::Detector)),
                Some(((0.5, 0.5), SpacingKind::Ultrasound)),
                None,
                None,
            ]
        );
        let shapes = [0, 2, 3].map(|slice| series.stretch(ViewPlane::Stack, slice));
        assert_eq!(shapes, [(1.0, 1.0), (1.0, 2.0), (1.0, 1.0)]);
    }

    #[test]
    fn regions_that_share_no_scale_give_the_picture_none() {
        let mut info = plain(SampleKind::U8, (0.0, 255.0));
        info.frames[0].regions = vec![Region {
            rect: [0, 0, 1, 1],
            unit_x: RegionUnit::Second,
            unit_y: RegionUnit::Centimetre,
            delta_x: 0.01,
            delta_y: 0.05,
            low_priority: false,
        }];
        let series = Series::bare(info);
        assert_eq!(series.pixel_mm(ViewPlane::Stack, 0), None);
        assert_eq!(series.stretch(ViewPlane::Stack, 0), (1.0, 1.0));
    }

    #[test]
    fn values_are_told_with_what_they_measure_and_padding_is_none() {
        let mut info = plain(SampleKind::U16, (0.0, 255.0));
        info.unit = "US".into();
        info.frames[0].padding = Some([0.0, 1.0]);
        info.frames[0].real_world = Some(RealWorldValueMapping {
            range: [0.0, 100.0],
            map: Rescale::Linear {
                slope: 0.5,
                intercept: 0.0,
            },
            table: Vec::new(),
            unit: "mm2/s".into(),
            label: String::new(),
        });
        let series = Series::bare(info);
        let first = Picture::Frame(0);
        assert_eq!(series.value_words(first, 0, 3.0), "3 US = 1.50 mm2/s");
        assert_eq!(series.value_words(first, 0, 200.0), "200 US");
        assert_eq!(series.value_words(first, 0, 1.0), "");
    }
}
