//! Measurements as data: what `unimed measure` prints.

use serde::Serialize;

use crate::measure::{self, Component, Inside, Measured, NoMetric, Picture, Point, Scale};
use crate::{ImagingError, Opened, Plane, PlaneKind, Series};

use super::frame::spacing_name;
use super::plane_name;

/// What is measured; points are in pixels from the left top corner of the picture, the centre of the first pixel is `[0.5, 0.5]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// From a point to another.
    Length([Point; 2]),
    /// At the middle point, between the other two.
    Angle([Point; 3]),
    /// An ellipse: its centre, and its radii across and down in pixels.
    Ellipse([Point; 2]),
}

/// What is measured on which picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ask {
    /// The series, from 0.
    pub series: usize,
    /// The frame, from 0; with a plane: its slice.
    pub frame: usize,
    /// One of the planes through the volume.
    pub plane: Option<PlaneKind>,
    /// What is measured.
    pub shape: Shape,
}

/// Why nothing can be measured.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MeasureError {
    /// There is no such series.
    #[error(
        "There is no series {series}: the files hold {found}, counted from 0. Choose one of them."
    )]
    NoSuchSeries {
        /// The series that was asked for.
        series: usize,
        /// How many there are.
        found: usize,
    },
    /// A point lies beside the picture.
    #[error(
        "The point {x},{y} lies outside of the picture, which is {width} x {height} pixels. Choose one inside."
    )]
    Outside {
        /// From the left, pixels.
        x: f64,
        /// From the top, pixels.
        y: f64,
        /// Columns of the picture.
        width: usize,
        /// Rows of the picture.
        height: usize,
    },
    /// There is no such frame, or no plane.
    #[error(transparent)]
    Imaging(#[from] ImagingError),
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum MeasureReport {
    /// Between two points.
    Length(LengthReport),
    /// At a point.
    Angle {
        /// Degrees, 0 to 180; `None` where there is none.
        angle_deg: Option<f64>,
        /// Why there is none.
        reason: Option<String>,
    },
    /// In an ellipse.
    Ellipse(EllipseReport),
}

/// A length.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LengthReport {
    /// How long; `None` where there is no length.
    pub length: Option<f64>,
    /// "mm", "px", or "pixel widths" where only the ratio of a pixel's sides is known.
    pub unit: Option<&'static str>,
    /// What the millimetres are true for, as in a frame's report.
    pub spacing_kind: Option<&'static str>,
    /// Distance across where the axes are not both lengths (M-mode, spectra).
    pub across: Option<ComponentReport>,
    /// Distance down, likewise.
    pub down: Option<ComponentReport>,
    /// Why there is no length.
    pub reason: Option<String>,
}

/// A distance along one axis of an ultrasound region.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComponentReport {
    /// How far.
    pub value: f64,
    /// In which unit ("ms", "mm", "cm/s"); empty for none.
    pub unit: &'static str,
}

/// What is in an ellipse.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EllipseReport {
    /// Mean of the values; `None` for colour, or where no pixel has a value.
    pub mean: Option<f64>,
    /// Their standard deviation (divided by their number).
    pub sd: Option<f64>,
    /// Unit of both; empty when unknown.
    pub unit: String,
    /// Area of the ellipse; `None` where there is none.
    pub area: Option<f64>,
    /// Its unit.
    pub area_unit: Option<&'static str>,
    /// Pixels whose centre lies in it and which have a value.
    pub n: usize,
    /// Why there is no area.
    pub reason: Option<String>,
}

impl ComponentReport {
    fn of(component: Component) -> Self {
        let (value, unit) = component.shown();
        Self { value, unit }
    }
}

/// The picture that is measured on, and what is needed of it.
struct Canvas<'s> {
    series: &'s Series,
    frame: usize,
    plane: Option<Plane>,
}

impl<'s> Canvas<'s> {
    fn of(opened: &'s Opened, ask: &Ask) -> Result<Self, MeasureError> {
        let found = opened.series.len();
        let series = opened.series.get(ask.series);
        let series = series.ok_or(MeasureError::NoSuchSeries {
            series: ask.series,
            found,
        })?;
        let plane = match ask.plane {
            None => None,
            Some(kind) => {
                let planes = series.planes().ok_or(ImagingError::NoVolume)?;
                planes.into_iter().find(|plane| plane.kind == kind)
            }
        };
        let frames = plane
            .as_ref()
            .map_or(series.frames.len(), |plane| plane.slices);
        if ask.frame >= frames {
            return Err(ImagingError::NoSuchFrame {
                frame: ask.frame,
                frames,
            }
            .into());
        }
        Ok(Self {
            series,
            frame: ask.frame,
            plane,
        })
    }

    fn size(&self) -> (usize, usize) {
        let info = &self.series.info;
        self.plane
            .as_ref()
            .map_or((info.width, info.height), |plane| {
                (plane.width, plane.height)
            })
    }

    fn picture(&self) -> Picture<'_> {
        self.plane
            .as_ref()
            .map_or(Picture::Frame(self.frame), Picture::Plane)
    }

    /// Whether a point lies on the picture.
    fn holds(&self, [x, y]: Point) -> Result<(), MeasureError> {
        let (width, height) = self.size();
        if (0.0..=width as f64).contains(&x) && (0.0..=height as f64).contains(&y) {
            return Ok(());
        }
        Err(MeasureError::Outside {
            x,
            y,
            width,
            height,
        })
    }

    /// The frame whose unit holds for the picture: any one of a volume, whose frames agree.
    fn whole_frame(&self) -> usize {
        if self.plane.is_some() { 0 } else { self.frame }
    }

    /// The values in the box between two corners.
    fn inside(&self, corners: [Point; 2]) -> Result<Option<Inside>, MeasureError> {
        let info = &self.series.info;
        let (width, _) = self.size();
        let cut;
        let samples = match &self.plane {
            Some(plane) => {
                cut = self.series.reslice(plane, self.frame, 0)?;
                &cut
            }
            None => &self.series.frames[self.frame],
        };
        let frame = self.whole_frame();
        let covers = |x, y| {
            self.plane
                .as_ref()
                .is_none_or(|plane| plane.covers(self.frame, x, y))
        };
        Ok(measure::inside(corners, self.size(), |x, y| {
            let stored = samples.value(y * width + x).filter(|_| covers(x, y))?;
            // Padding has no value, whatever the mapping makes of it.
            if measure::is_padding(info, self.picture(), stored) || !stored.is_finite() {
                return None;
            }
            info.measured(frame, stored)
        }))
    }
}

/// Measures on what was opened.
///
/// # Errors
/// [`MeasureError`] when there is no such picture. That a picture has no length is no error: the report says why.
pub fn measured(opened: &Opened, ask: &Ask) -> Result<MeasureReport, MeasureError> {
    let canvas = Canvas::of(opened, ask)?;
    let info = &canvas.series.info;
    Ok(match ask.shape {
        Shape::Length(points) => {
            points
                .into_iter()
                .try_for_each(|point| canvas.holds(point))?;
            let found = measure::length(info, canvas.picture(), points);
            MeasureReport::Length(length_report(found))
        }
        Shape::Angle(points) => {
            points
                .into_iter()
                .try_for_each(|point| canvas.holds(point))?;
            let found = measure::angle_deg(info, canvas.picture(), points);
            MeasureReport::Angle {
                angle_deg: found.as_ref().ok().copied(),
                reason: found.err().map(|reason| reason.to_string()),
            }
        }
        Shape::Ellipse([centre, radii]) => {
            canvas.holds(centre)?;
            let corners = [
                [centre[0] - radii[0], centre[1] - radii[1]],
                [centre[0] + radii[0], centre[1] + radii[1]],
            ];
            let inside = canvas.inside(corners)?;
            let area = measure::ellipse_area(info, canvas.picture(), corners);
            MeasureReport::Ellipse(EllipseReport {
                mean: inside.map(|inside| inside.mean),
                sd: inside.map(|inside| inside.deviation),
                unit: info.unit_of(canvas.whole_frame()).to_owned(),
                area: area.as_ref().ok().map(|area| area.value),
                area_unit: area.as_ref().ok().map(|area| area.scale.area_unit()),
                n: inside.map_or(0, |inside| inside.pixels),
                reason: area.err().map(|reason| reason.to_string()),
            })
        }
    })
}

fn length_report(found: Result<Measured, NoMetric>) -> LengthReport {
    let none = LengthReport {
        length: None,
        unit: None,
        spacing_kind: None,
        across: None,
        down: None,
        reason: None,
    };
    match found {
        Ok(Measured::Length { value, scale }) => LengthReport {
            length: Some(value),
            unit: Some(scale.unit()),
            spacing_kind: match scale {
                Scale::Millimetres(kind) => Some(spacing_name(kind)),
                _ => None,
            },
            ..none
        },
        Ok(Measured::Components { across, down }) => LengthReport {
            across: Some(ComponentReport::of(across)),
            down: Some(ComponentReport::of(down)),
            reason: Some(
                "There is no length here: the axes of this region are not both lengths.".to_owned(),
            ),
            ..none
        },
        Err(reason) => LengthReport {
            reason: Some(reason.to_string()),
            ..none
        },
    }
}

impl MeasureReport {
    /// The same as a line for people.
    #[must_use]
    pub fn line(&self) -> String {
        use super::table::number_text;
        let reason = |reason: &Option<String>| reason.clone().unwrap_or_default();
        match self {
            Self::Length(found) => match (found.length, found.unit, &found.across, &found.down) {
                (Some(length), Some(unit), ..) => {
                    let kind = found.spacing_kind.map(|kind| format!(" ({kind})"));
                    format!("{} {unit}{}", number_text(length), kind.unwrap_or_default())
                }
                (_, _, Some(across), Some(down)) => format!(
                    "{} {} across, {} {} down. {}",
                    number_text(across.value),
                    across.unit,
                    number_text(down.value),
                    down.unit,
                    reason(&found.reason)
                ),
                _ => reason(&found.reason),
            },
            Self::Angle {
                angle_deg: Some(angle),
                ..
            } => format!("{}°", number_text(*angle)),
            Self::Angle { reason: why, .. } => reason(why),
            Self::Ellipse(found) => {
                let mut parts = Vec::new();
                if let (Some(mean), Some(sd)) = (found.mean, found.sd) {
                    let mean = format!("mean {} {}", number_text(mean), found.unit);
                    parts.push(mean.trim_end().to_owned());
                    parts.push(format!("SD {}", number_text(sd)));
                }
                match (found.area, found.area_unit) {
                    (Some(area), Some(unit)) => {
                        parts.push(format!("area {} {unit}", number_text(area)));
                    }
                    _ => parts.push(format!("no area: {}", reason(&found.reason))),
                }
                parts.push(format!("n {}", found.n));
                parts.join(", ")
            }
        }
    }
}

/// The plane of a name.
#[must_use]
pub fn plane_of(name: &str) -> Option<PlaneKind> {
    [PlaneKind::Axial, PlaneKind::Coronal, PlaneKind::Sagittal]
        .into_iter()
        .find(|kind| plane_name(*kind) == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::tests::small;
    use crate::{Region, RegionUnit, Spacing, SpacingKind};

    fn opened() -> Opened {
        let mut series = small();
        for frame in &mut series.info.frames {
            frame.spacing = Some(Spacing {
                row_mm: 2.0,
                column_mm: 1.0,
                kind: SpacingKind::Patient,
            });
        }
        Opened {
            series: vec![series],
            problems: Vec::new(),
        }
    }

    fn ask(plane: Option<PlaneKind>, shape: Shape) -> Ask {
        Ask {
            series: 0,
            frame: 1,
            plane,
            shape,
        }
    }

    #[test]
    fn lengths_angles_and_ellipses_have_their_unit() {
        let opened = opened();
        let line = |plane, shape| measured(&opened, &ask(plane, shape)).unwrap().line();
        // 3 columns of 1 mm and 2 rows of 2 mm.
        let diagonal = Shape::Length([[0.5, 0.5], [3.5, 2.5]]);
        assert_eq!(line(None, diagonal), "5 mm (patient)");
        // On the coronal plane a row is 5 mm.
        let upright = Shape::Length([[0.5, 0.5], [0.5, 1.5]]);
        assert_eq!(line(Some(PlaneKind::Coronal), upright), "5 mm (patient)");
        let angle = Shape::Angle([[3.0, 0.0], [1.0, 0.0], [3.0, 2.0]]);
        // Pixels twice as high as wide: atan 2.
        assert_eq!(line(None, angle), "63.4349°");
        // Around the corner of pixels (1, 1), (2, 1), (1, 2) and (2, 2), whose stored numbers are 111, 112, 121 and 122.
        let circle = Shape::Ellipse([[2.0, 2.0], [1.0, 1.0]]);
        assert_eq!(
            line(None, circle),
            "mean 223 HU, SD 10.0499, area 6.28319 mm², n 4"
        );
    }

    #[test]
    fn where_there_is_no_length_the_reason_is_told() {
        let mut opened = opened();
        opened.series[0].info.frames[1].regions = vec![Region {
            rect: [0, 0, 3, 2],
            unit_x: RegionUnit::Second,
            unit_y: RegionUnit::Centimetre,
            delta_x: 0.01,
            delta_y: 0.02,
            low_priority: false,
        }];
        let shape = Shape::Length([[0.5, 0.5], [3.5, 2.5]]);
        let found = measured(&opened, &ask(None, shape)).unwrap();
        let json = serde_json::to_value(&found).unwrap();
        assert_eq!(json["length"], serde_json::Value::Null);
        assert_eq!(
            json["across"],
            serde_json::json!({"value": 30.0, "unit": "ms"})
        );
        assert_eq!(json["down"]["unit"], "mm");
        assert!(
            found.line().contains("There is no length here"),
            "{}",
            found.line()
        );
        let far = Shape::Length([[0.5, 0.5], [9.0, 1.0]]);
        let error = measured(&opened, &ask(None, far)).unwrap_err();
        assert!(
            error.to_string().starts_with("The point 9,1 lies outside"),
            "{error}"
        );
        let other = Ask {
            series: 3,
            ..ask(None, shape)
        };
        let error = measured(&opened, &other).unwrap_err().to_string();
        assert!(
            error.starts_with("There is no series 3: the files hold 1"),
            "{error}"
        );
    }
}
