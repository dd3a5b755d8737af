//! Lengths, angles and ellipses, in millimetres where the file says how large a pixel is.

use super::{camera::Pair, gestures::Tool, tone::number};

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

/// What a pixel is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    /// Size of a pixel across and down, mm; `None` where it is not known.
    pub(crate) pixel_mm: Option<Pair>,
}

impl Scale {
    /// Size of a pixel, and the unit that this is in.
    fn pixel(self) -> (Pair, &'static str) {
        self.pixel_mm
            .map_or(((1.0, 1.0), "px"), |pixel| (pixel, "mm"))
    }
}

/// The numbers in an ellipse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Inside {
    /// Pixels whose middle lies in it.
    pub(crate) pixels: usize,
    /// Their mean.
    pub(crate) mean: f64,
    /// Their standard deviation (of these pixels: divided by their number).
    pub(crate) deviation: f64,
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

    /// What it measures, in words. `value` gives the real value of a pixel, `unit` is that value's.
    pub(crate) fn words(
        &self,
        scale: Scale,
        unit: &str,
        size: (usize, usize),
        value: impl Fn(usize, usize) -> Option<f64>,
    ) -> String {
        let (pixel, length_unit) = scale.pixel();
        match self {
            Self::Length([a, b]) => format!("{} {length_unit}", tenth(length(*a, *b, pixel))),
            Self::Angle(points) => format!("{:.1}°", angle_deg(*points, pixel)),
            Self::Ellipse([a, b]) => {
                let area = area((*a, *b), pixel);
                let area = format!("{} {length_unit}²", tenth(area));
                match inside((*a, *b), size, value) {
                    Some(found) => {
                        let unit = if unit.is_empty() {
                            String::new()
                        } else {
                            format!(" {unit}")
                        };
                        format!(
                            "mean {}{unit}, SD {}, {area}, {} px",
                            short(found.mean),
                            short(found.deviation),
                            found.pixels
                        )
                    }
                    None => area,
                }
            }
        }
    }
}

fn tenth(value: f64) -> String {
    format!("{value:.1}")
}

fn short(value: f64) -> String {
    if value.abs() >= 1.0 {
        format!("{value:.1}")
    } else {
        number(value)
    }
}

/// The distance of two points whose pixels have this size.
pub(crate) fn length(a: Pair, b: Pair, pixel: Pair) -> f64 {
    ((b.0 - a.0) * pixel.0).hypot((b.1 - a.1) * pixel.1)
}

/// The angle at the middle point, in degrees, 0 to 180.
pub(crate) fn angle_deg([a, at, b]: [Pair; 3], pixel: Pair) -> f64 {
    let arm = |p: Pair| ((p.0 - at.0) * pixel.0, (p.1 - at.1) * pixel.1);
    let (u, v) = (arm(a), arm(b));
    let cross = u.0 * v.1 - u.1 * v.0;
    let dot = u.0 * v.0 + u.1 * v.1;
    cross.abs().atan2(dot).to_degrees()
}

/// The area of the ellipse in a box.
pub(crate) fn area((a, b): (Pair, Pair), pixel: Pair) -> f64 {
    let (width, height) = ((b.0 - a.0).abs() * pixel.0, (b.1 - a.1).abs() * pixel.1);
    std::f64::consts::FRAC_PI_4 * width * height
}

/// Mean and deviation of the pixels whose middle lies in the ellipse; `None` where there is none with a value.
pub(crate) fn inside(
    (a, b): (Pair, Pair),
    (width, height): (usize, usize),
    value: impl Fn(usize, usize) -> Option<f64>,
) -> Option<Inside> {
    let middle = ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
    let radius = ((b.0 - a.0).abs() / 2.0, (b.1 - a.1).abs() / 2.0);
    let span = |low: f64, high: f64, count: usize| {
        let first = low.floor().clamp(0.0, count as f64) as usize;
        let last = high.ceil().clamp(0.0, count as f64) as usize;
        first..last
    };
    let (mut pixels, mut mean, mut squares) = (0_usize, 0.0, 0.0);
    for y in span(middle.1 - radius.1, middle.1 + radius.1, height) {
        for x in span(middle.0 - radius.0, middle.0 + radius.0, width) {
            let dx = (x as f64 + 0.5 - middle.0) / radius.0;
            let dy = (y as f64 + 0.5 - middle.1) / radius.1;
            if dx * dx + dy * dy > 1.0 {
                continue;
            }
            let Some(value) = value(x, y).filter(|value| value.is_finite()) else {
                continue;
            };
            // Welford: no large sums that lose digits.
            pixels += 1;
            let away = value - mean;
            mean += away / pixels as f64;
            squares += away * (value - mean);
        }
    }
    (pixels > 0).then(|| Inside {
        pixels,
        mean,
        deviation: (squares / pixels as f64).sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_follow_the_spacing() {
        // 30 columns of 0.5 mm and 10 rows of 2 mm: 15 and 20 mm.
        let line = Shape::Length([(10.0, 10.0), (40.0, 20.0)]);
        let scale = Scale {
            pixel_mm: Some((0.5, 2.0)),
        };
        assert_eq!(line.words(scale, "HU", (64, 64), |_, _| None), "25.0 mm");
        let scale = Scale { pixel_mm: None };
        // sqrt(900 + 100) = 31.62
        assert_eq!(line.words(scale, "", (64, 64), |_, _| None), "31.6 px");
    }

    #[test]
    fn angles_are_taken_in_the_patient_and_not_on_the_grid() {
        let corner = [(10.0, 0.0), (0.0, 0.0), (10.0, 10.0)];
        assert!((angle_deg(corner, (1.0, 1.0)) - 45.0).abs() < 1e-9);
        // Pixels twice as high: atan 2 = 63.435 degrees.
        assert!((angle_deg(corner, (1.0, 2.0)) - 63.434_948_8).abs() < 1e-6);
        let straight = [(0.0, 0.0), (5.0, 0.0), (9.0, 0.0)];
        assert!((angle_deg(straight, (1.0, 1.0)) - 180.0).abs() < 1e-9);
    }

    #[test]
    fn an_ellipse_counts_the_pixels_whose_middle_is_in_it() {
        // A circle of radius 1 around the corner of four pixels: their middles are 0.707 away.
        let values = |x: usize, y: usize| Some([[1.0, 3.0], [5.0, 7.0]][y - 1][x - 1]);
        let found = inside(((1.0, 1.0), (3.0, 3.0)), (9, 9), values).expect("four pixels");
        assert_eq!(found.pixels, 4);
        assert_eq!(found.mean, 4.0);
        // ((9 + 1 + 1 + 9) / 4)^0.5
        assert!((found.deviation - 5.0_f64.sqrt()).abs() < 1e-12);
        let circle = Shape::Ellipse([(3.0, 3.0), (1.0, 1.0)]);
        let scale = Scale {
            pixel_mm: Some((2.0, 2.0)),
        };
        // pi * 2 * 2 = 12.57 mm²
        assert_eq!(
            circle.words(scale, "HU", (9, 9), values),
            "mean 4.0 HU, SD 2.2, 12.6 mm², 4 px"
        );
    }

    #[test]
    fn colour_has_an_area_only() {
        let circle = Shape::Ellipse([(0.0, 0.0), (2.0, 2.0)]);
        let scale = Scale { pixel_mm: None };
        assert_eq!(circle.words(scale, "", (9, 9), |_, _| None), "3.1 px²");
    }
}
