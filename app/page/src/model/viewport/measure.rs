//! What is drawn to measure, and the result in words; the arithmetic is imaging's.

use crate::{
    language::{say, tr, tr_of},
    model::viewport::{
        camera::Pair, pixel_scale::real_world, pointer::Tool, scale_bar::where_it_holds,
        series::ViewPlane, window_level::number,
    },
};
use unimed_imaging::{
    NoMetric, SeriesInfo,
    measure::{self, Measured, Picture, Point, Scale},
};

/// What is measured; points are in the picture's pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// From a point to another.
    Length([Pair; 2]),
    /// At the middle point, between the other two.
    Angle([Pair; 3]),
    /// The ellipse in the box between two corners.
    Ellipse([Pair; 2]),
}

/// A measurement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measurement {
    /// Its number.
    pub(crate) id: u32,
    /// The way through the image on which it lies.
    pub(crate) cut: ViewPlane,
    /// The slice on which it lies.
    pub(crate) slice: usize,
    /// What is measured.
    pub(crate) shape: Shape,
    /// The result.
    pub(crate) words: String,
}

/// What is measured on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct On<'a> {
    /// The series.
    pub(crate) info: &'a SeriesInfo,
    /// The frame or plane of it.
    pub(crate) picture: Picture<'a>,
    /// The frame whose attributes hold.
    pub(crate) frame: usize,
    /// Columns and rows.
    pub(crate) size: (usize, usize),
}

impl Shape {
    /// Its points.
    pub(crate) fn points(&self) -> &[Pair] {
        match self {
            Self::Length(points) | Self::Ellipse(points) => points,
            Self::Angle(points) => points,
        }
    }

    /// The same shape with one of its points elsewhere.
    pub(crate) fn with_point(mut self, place: usize, to: Pair) -> Self {
        let points: &mut [Pair] = match &mut self {
            Self::Length(points) | Self::Ellipse(points) => points,
            Self::Angle(points) => points,
        };
        if let Some(point) = points.get_mut(place) {
            *point = to;
        }
        self
    }

    /// The tool that draws such a shape.
    pub(crate) const fn tool(&self) -> Tool {
        match self {
            Self::Length(_) => Tool::Length,
            Self::Angle(_) => Tool::Angle,
            Self::Ellipse(_) => Tool::Ellipse,
        }
    }

    /// What it measures, in words, or why there is no measure. `stored` gives the stored number of a pixel.
    pub(crate) fn words(
        &self,
        on: &On<'_>,
        stored: impl Fn(usize, usize) -> Option<f64>,
    ) -> String {
        match self {
            Self::Length(points) => match measure::length(on.info, on.picture, points.map(point)) {
                Ok(Measured::Length { value, scale }) => length_words(value, scale),
                Ok(Measured::Components { across, down }) => {
                    let [across, down] = [across, down].map(|along| {
                        let (value, unit) = along.shown();
                        format!("{} {unit}", digits(value)).trim().to_owned()
                    });
                    say("{} across, {} down", &[&across, &down])
                }
                Err(reason) => reason_words(reason),
            },
            Self::Angle(points) => match measure::angle_deg(on.info, on.picture, points.map(point))
            {
                Ok(degrees) => format!("{degrees:.1}°"),
                Err(reason) => reason_words(reason),
            },
            Self::Ellipse(points) => ellipse_words(points.map(point), on, stored),
        }
    }
}

const fn point((x, y): Pair) -> Point {
    [x, y]
}

/// A length with its unit and where it holds.
fn length_words(value: f64, scale: Scale) -> String {
    let place = match scale {
        Scale::Millimetres(kind) => where_it_holds(kind),
        Scale::PixelWidths | Scale::Pixels => "",
    };
    format!("{} {}{place}", digits(value), tr(scale.unit()))
}

/// Why there is no measure; nothing for a shape that is only begun.
fn reason_words(reason: NoMetric) -> String {
    if reason == NoMetric::NoArm {
        return String::new();
    }
    // What, then what to do: two sentences, which the table of a language has apart.
    let words = reason.to_string();
    match words.split_once(". ") {
        Some((what, advice)) => {
            format!("{} {}", tr_of(format!("{what}.")), tr_of(advice.to_owned()))
        }
        None => tr_of(words),
    }
}

/// "mean 4.0 HU, SD 2.2, 12.6 mm², 4 px": of the values that windows act on, then of what the file maps them to.
fn ellipse_words(
    corners: [Point; 2],
    on: &On<'_>,
    stored: impl Fn(usize, usize) -> Option<f64>,
) -> String {
    let statistics = |map: &dyn Fn(f64) -> Option<f64>, unit: &str| {
        let found = measure::inside(corners, on.size, |x, y| map(stored(x, y)?))?;
        let space = if unit.is_empty() { "" } else { " " };
        let words = format!(
            "mean {}{space}{unit}, SD {}",
            short(found.mean),
            short(found.deviation)
        );
        Some((words, found.pixels))
    };
    let real = |stored| measure::real_value(on.info, on.picture, stored);
    let values = statistics(&real, &on.info.unit);
    let quantity = real_world(on.info, on.frame)
        .and_then(|map| statistics(&|stored| real(stored).and(map.value(stored)), &map.unit));
    let area =
        measure::ellipse_area(on.info, on.picture, corners).map_or_else(reason_words, |area| {
            let unit = match area.scale {
                // Squares of words read badly.
                Scale::PixelWidths => return String::new(),
                scale => scale.area_unit(),
            };
            format!("{} {unit}", digits(area.value))
        });
    let pixels = values.as_ref().map(|(_, pixels)| format!("{pixels} px"));
    let parts = values.into_iter().chain(quantity).map(|(words, _)| words);
    let parts = parts.chain([area]).chain(pixels);
    parts
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

/// One digit after the point, and for what is smaller than 1 as many as show two that count.
fn digits(value: f64) -> String {
    let size = value.abs();
    let after = if size > 0.0 && size < 1.0 {
        (1.0 - size.log10().floor()).min(9.0) as usize
    } else {
        1
    };
    format!("{value:.after$}")
}

fn short(value: f64) -> String {
    if value.abs() >= 1.0 {
        format!("{value:.1}")
    } else {
        number(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::viewport::window_level::tests::plain;
    use unimed_imaging::{
        RealWorldValueMapping, Region, RegionUnit, Rescale, SampleKind, Spacing, SpacingKind,
    };

    const NOTHING: fn(usize, usize) -> Option<f64> = |_, _| None;

    fn series(column_mm: f64, row_mm: f64, kind: SpacingKind) -> SeriesInfo {
        let mut info = plain(SampleKind::I16, (0.0, 9.0));
        info.frames[0].spacing = Some(Spacing {
            row_mm,
            column_mm,
            kind,
        });
        info
    }

    fn on(info: &SeriesInfo) -> On<'_> {
        On {
            info,
            picture: Picture::Frame(0),
            frame: 0,
            size: (9, 9),
        }
    }

    #[test]
    fn lengths_follow_the_spacing_and_say_where_it_holds() {
        // 30 columns of 0.5 mm and 10 rows of 2 mm: 15 and 20 mm.
        let line = Shape::Length([(10.0, 10.0), (40.0, 20.0)]);
        let words = |info: &SeriesInfo| line.words(&on(info), NOTHING);
        assert_eq!(words(&series(0.5, 2.0, SpacingKind::Patient)), "25.0 mm");
        assert_eq!(
            words(&series(0.5, 2.0, SpacingKind::Detector)),
            "25.0 mm at the detector"
        );
        // sqrt(900 + 100) = 31.62
        assert_eq!(words(&plain(SampleKind::U8, (0.0, 1.0))), "31.6 px");
        // A microscope's 10 micrometres.
        assert_eq!(
            words(&series(0.001, 0.001, SpacingKind::Patient)),
            "0.032 mm"
        );
        let mut aspect = plain(SampleKind::U8, (0.0, 1.0));
        aspect.frames[0].pixel_aspect = Some([4.0, 1.0]);
        // 30 widths across, 10 rows of 4 widths down.
        assert_eq!(words(&aspect), "50.0 pixel widths");
    }

    #[test]
    fn each_frame_is_measured_by_its_own() {
        let mut info = series(0.5, 0.5, SpacingKind::Patient);
        info.frames.push(info.frames[0].clone());
        info.frames[1].spacing = info.frames[1].spacing.map(|spacing| Spacing {
            row_mm: 0.25,
            column_mm: 0.25,
            ..spacing
        });
        let line = Shape::Length([(0.0, 0.0), (8.0, 0.0)]);
        let words = |frame| {
            let on = On {
                picture: Picture::Frame(frame),
                ..on(&info)
            };
            line.words(&on, NOTHING)
        };
        assert_eq!([0, 1].map(words), ["4.0 mm", "2.0 mm"]);
    }

    #[test]
    fn ultrasound_is_measured_in_a_region_and_time_is_no_length() {
        let mut info = plain(SampleKind::U8, (0.0, 255.0));
        let region = |x0, unit_x, delta_x| Region {
            rect: [x0, 0, x0 + 9, 19],
            unit_x,
            unit_y: RegionUnit::Centimetre,
            delta_x,
            delta_y: 0.05,
            low_priority: false,
        };
        info.frames[0].regions = vec![
            region(0, RegionUnit::Centimetre, 0.05),
            region(20, RegionUnit::Second, 0.002),
        ];
        let words = |a, b| Shape::Length([a, b]).words(&on(&info), NOTHING);
        assert_eq!(words((1.0, 1.0), (7.0, 9.0)), "5.0 mm");
        assert_eq!(
            words((21.0, 1.0), (26.0, 11.0)),
            "10.0 ms across, 5.0 mm down"
        );
        assert_eq!(
            words((1.0, 1.0), (26.0, 11.0)),
            "There is no length here: the points lie in different calibrated regions. Measure inside of one of them."
        );
        let angle = Shape::Angle([(21.0, 1.0), (22.0, 5.0), (26.0, 9.0)]);
        assert!(
            angle
                .words(&on(&info), NOTHING)
                .contains("not both lengths (s across, cm down)")
        );
    }

    #[test]
    fn an_angle_that_is_only_begun_says_nothing() {
        let info = series(1.0, 2.0, SpacingKind::Patient);
        let angle = |points| Shape::Angle(points).words(&on(&info), NOTHING);
        assert_eq!(angle([(10.0, 0.0), (0.0, 0.0), (0.0, 0.0)]), "");
        // Pixels twice as high: atan 2 = 63.435 degrees.
        assert_eq!(angle([(10.0, 0.0), (0.0, 0.0), (10.0, 10.0)]), "63.4°");
    }

    #[test]
    fn an_ellipse_has_mean_deviation_area_and_number() {
        // A circle of radius 1 around the corner of four pixels: their middles are 0.707 away.
        let values = |x: usize, y: usize| Some([[1.0, 3.0], [5.0, 7.0]][y - 1][x - 1]);
        let mut info = series(2.0, 2.0, SpacingKind::Patient);
        info.unit = "HU".into();
        let circle = Shape::Ellipse([(3.0, 3.0), (1.0, 1.0)]);
        // ((9 + 1 + 1 + 9) / 4)^0.5 = 2.24; pi * 2 * 2 = 12.57 mm²
        assert_eq!(
            circle.words(&on(&info), values),
            "mean 4.0 HU, SD 2.2, 12.6 mm², 4 px"
        );
        info.frames[0].padding = Some([1.0, 1.0]);
        info.frames[0].real_world = Some(RealWorldValueMapping {
            range: [0.0, 9.0],
            map: Rescale::Linear {
                slope: 10.0,
                intercept: 0.0,
            },
            table: Vec::new(),
            unit: "g/ml".into(),
            label: String::new(),
        });
        // Of 3, 5 and 7: SD (8 / 3)^0.5.
        assert_eq!(
            circle.words(&on(&info), values),
            "mean 5.0 HU, SD 1.6, mean 50.0 g/ml, SD 16.3, 12.6 mm², 3 px"
        );
    }

    #[test]
    fn colour_has_an_area_only() {
        let circle = Shape::Ellipse([(0.0, 0.0), (2.0, 2.0)]);
        let info = plain(SampleKind::Rgb8, (0.0, 255.0));
        assert_eq!(circle.words(&on(&info), NOTHING), "3.1 px²");
    }
}
