//! `unimed measure`: lengths, angles and ellipses on what image files hold.

use std::path::PathBuf;

use clap::Args;
use unimed_imaging::PlaneKind;
use unimed_imaging::report::{Ask, Shape, measured, plane_of};

use super::{CommandResult, print_json, print_line};
use crate::open::opened;

/// Measure on an image: a length, an angle, or the values in an ellipse.
///
/// Points are in pixels from the left top corner of the picture; the centre of its first pixel is 0.5,0.5.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["from", "ellipse"])))]
pub(crate) struct MeasureArgs {
    /// Files and folders, opened as by `unimed read`.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The series, counted from 0 as `unimed read` lists them.
    #[arg(long, default_value_t = 0)]
    series: usize,
    /// The frame, from 0; with --plane the slice of the plane.
    #[arg(long, default_value_t = 0)]
    frame: usize,
    /// Measure on a plane through the volume: axial, coronal or sagittal.
    #[arg(long, value_parser = plane)]
    plane: Option<PlaneKind>,
    /// First point of a length or an angle.
    #[arg(long, value_name = "X,Y", value_parser = numbers::<2>, allow_hyphen_values = true, requires = "to")]
    from: Option<[f64; 2]>,
    /// Last point of a length or an angle.
    #[arg(long, value_name = "X,Y", value_parser = numbers::<2>, allow_hyphen_values = true, requires = "from")]
    to: Option<[f64; 2]>,
    /// The point at which the angle between the other two is measured.
    #[arg(long, value_name = "X,Y", value_parser = numbers::<2>, allow_hyphen_values = true, requires = "from")]
    through: Option<[f64; 2]>,
    /// An ellipse by its centre and its radii across and down.
    #[arg(long, value_name = "X,Y,RX,RY", value_parser = numbers::<4>, allow_hyphen_values = true, conflicts_with_all = ["to", "through"])]
    ellipse: Option<[f64; 4]>,
    /// One JSON object on stdout (docs/guides/reading.md).
    #[arg(long)]
    json: bool,
}

/// Reads the value of `--plane`.
fn plane(text: &str) -> Result<PlaneKind, String> {
    plane_of(text).ok_or_else(|| format!("{text} is no plane; write axial, coronal or sagittal"))
}

/// Reads numbers with commas between them.
fn numbers<const N: usize>(text: &str) -> Result<[f64; N], String> {
    let all: Option<Vec<f64>> = text
        .split(',')
        .map(|part| part.trim().parse().ok().filter(|n: &f64| n.is_finite()))
        .collect();
    all.and_then(|all| <[f64; N]>::try_from(all).ok())
        .ok_or_else(|| format!("{text} is not {N} numbers with commas between them"))
}

impl MeasureArgs {
    fn shape(&self) -> Option<Shape> {
        if let Some([x, y, across, down]) = self.ellipse {
            return Some(Shape::Ellipse([[x, y], [across, down]]));
        }
        let (from, to) = (self.from?, self.to?);
        Some(match self.through {
            Some(through) => Shape::Angle([from, through, to]),
            None => Shape::Length([from, to]),
        })
    }
}

pub(crate) fn run(args: &MeasureArgs) -> CommandResult {
    let shape = args
        .shape()
        .expect("invariant: clap asks for both points or an ellipse");
    let opened = opened(&args.files)?;
    if let (true, Some(problem)) = (opened.series.is_empty(), opened.problems.first()) {
        return Err(format!("{}: {}", problem.file, problem.error).into());
    }
    let ask = Ask {
        series: args.series,
        frame: args.frame,
        plane: args.plane,
        shape,
    };
    let found = measured(&opened, &ask)?;
    if args.json {
        print_json(&found)
    } else {
        print_line(&found.line())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_numbers_with_commas() {
        assert_eq!(numbers::<2>("1.5,-2"), Ok([1.5, -2.0]));
        assert_eq!(numbers::<4>("1, 2,3,4"), Ok([1.0, 2.0, 3.0, 4.0]));
        for wrong in ["", "1", "1,2,3", "1,x", "1,nan", "1,inf"] {
            assert!(numbers::<2>(wrong).is_err(), "{wrong}");
        }
        assert!(
            plane("oblique")
                .unwrap_err()
                .contains("axial, coronal or sagittal")
        );
    }
}
