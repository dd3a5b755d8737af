//! A report as text for people.

use std::fmt::Write;

use super::{FrameReport, Report, SeriesReport, WindowReport};

/// Frames that are listed at most; `--json` has all.
const MOST: usize = 40;

/// One block of lines a series, then what could not be opened.
pub(super) fn table(report: &Report) -> String {
    let mut text = String::new();
    for (number, series) in report.series.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        // Writing to a string cannot fail.
        let _ = write_series(&mut text, number, series);
    }
    for problem in &report.problems {
        let _ = writeln!(text, "{}: {}", problem.file, problem.message);
    }
    text
}

fn write_series(text: &mut String, number: usize, series: &SeriesReport) -> std::fmt::Result {
    let SeriesReport {
        name,
        format,
        width,
        height,
        slices,
        times,
        ..
    } = series;
    writeln!(text, "series {number}: {name}")?;
    write!(
        text,
        "  {format}, {width} x {height}, slices {slices}, times {times}"
    )?;
    if let Some(time) = series.frame_time_ms {
        write!(text, ", {} ms a frame", number_text(time))?;
    }
    if !series.unit.is_empty() {
        write!(text, ", unit {}", series.unit)?;
    }
    text.push('\n');
    for plane in &series.planes {
        let [row, column] = plane.pixel_mm.map(number_text);
        writeln!(
            text,
            "  {:9}{} x {}, pixel {column} x {row} mm",
            plane.name, plane.width, plane.height
        )?;
    }
    writeln!(
        text,
        "  {:>5}  {:24}  {:30}  {:>10}  {:>10}  {:>10}  {:>6}  window",
        "frame", "pixel, mm (across x down)", "position, mm", "min", "max", "mean", "padded"
    )?;
    for (frame, report) in series.frames.iter().take(MOST).enumerate() {
        write_frame(text, frame, report)?;
    }
    if series.frames.len() > MOST {
        writeln!(text, "  ... {} more", series.frames.len() - MOST)?;
    }
    for note in &series.notes {
        writeln!(text, "  note: {note}")?;
    }
    Ok(())
}

fn write_frame(text: &mut String, number: usize, frame: &FrameReport) -> std::fmt::Result {
    let spacing = match (frame.pixel_spacing_mm, frame.spacing_kind) {
        (Some([row, column]), Some(kind)) => {
            format!("{} x {} ({kind})", number_text(column), number_text(row))
        }
        _ => match frame.pixel_aspect {
            Some([high, wide]) => {
                format!("aspect {} : {}", number_text(high), number_text(wide))
            }
            None => "unknown".to_owned(),
        },
    };
    let position = frame
        .position
        .map_or_else(String::new, |p| p.map(number_text).join(", "));
    let value = |value: Option<f64>| value.map_or_else(String::new, number_text);
    let (min, max, mean, padded) = frame.values.map_or_else(Default::default, |v| {
        (
            value(v.min),
            value(v.max),
            value(v.mean),
            v.padded.to_string(),
        )
    });
    let invert = if frame.invert { ", inverted" } else { "" };
    writeln!(
        text,
        "  {number:>5}  {spacing:25}  {position:30}  {min:>10}  {max:>10}  {mean:>10}  {padded:>6}  {}{invert}",
        window(frame.windows.first())
    )?;
    for region in &frame.regions {
        let unit = |unit: &str| match unit {
            "" => "without unit".to_owned(),
            unit => unit.to_owned(),
        };
        let [x0, y0, x1, y1] = region.rect;
        writeln!(
            text,
            "         region {x0},{y0} to {x1},{y1}: {} {} across, {} {} down",
            number_text(region.delta_x),
            unit(region.unit_x),
            number_text(region.delta_y),
            unit(region.unit_y)
        )?;
    }
    if let Some(real) = &frame.real_world {
        writeln!(
            text,
            "         {} {} to {} {}",
            real.label,
            value(real.min),
            value(real.max),
            real.unit
        )?;
    }
    Ok(())
}

fn window(window: Option<&WindowReport>) -> String {
    match window {
        None => "whole range".to_owned(),
        Some(WindowReport::Table { name, table }) => {
            format!("table of {} entries {name}", table.entries)
                .trim_end()
                .to_owned()
        }
        Some(WindowReport::Window {
            name,
            center,
            width,
            function,
        }) => format!(
            "{} / {} {function} {name}",
            number_text(*center),
            number_text(*width)
        )
        .trim_end()
        .to_owned(),
    }
}

/// A number with up to six significant digits.
pub(super) fn number_text(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    if !(1e-4..1e7).contains(&size) {
        return format!("{value:.5e}");
    }
    let digits = (5 - size.log10().floor() as i32).clamp(0, 9) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Opened;
    use crate::series::tests::small;

    #[test]
    fn numbers_keep_six_digits() {
        let all = [0.0, 0.0117, 2.5, 1000.0, -123.456_789, 1e-7, 0.001_234_567];
        assert_eq!(
            all.map(number_text),
            [
                "0",
                "0.0117",
                "2.5",
                "1000",
                "-123.457",
                "1.00000e-7",
                "0.00123457"
            ]
        );
    }

    #[test]
    fn a_series_is_a_block_of_lines() {
        let mut series = small();
        series.info.notes.push("One slice is missing.".into());
        let opened = Opened {
            series: vec![series],
            problems: Vec::new(),
        };
        let text = Report::of(&opened).table();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "series 0: small");
        assert_eq!(lines[1], "  DICOM, 4 x 3, slices 2, times 1, unit HU");
        assert_eq!(lines[2], "  axial    4 x 3, pixel 1 x 2 mm");
        assert!(lines[6].contains("0, 0, 0"), "{text}");
        assert!(lines[7].contains("whole range"), "{text}");
        assert_eq!(lines[8], "  note: One slice is missing.");
    }
}
