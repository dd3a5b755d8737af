//! Draws the logs of trainings: `cargo run --release -p unimed-train --example curves -- docs/log/training` writes
//! one picture beside each `*.jsonl` of the folder, a panel for the loss and one for each number on
//! the validation split.

use std::{collections::BTreeMap, error::Error, fs, ops::Range, path::Path};

use plotters::prelude::*;
use serde_json::{Map, Value};

const WIDTH: u32 = 720;
const PANEL_HEIGHT: u32 = 200;

/// A number over the samples that the model had seen.
type Curve = Vec<(f64, f64)>;

/// The loss and what was measured on the validation split, by name.
fn curves(log: &str) -> Result<BTreeMap<String, Curve>, serde_json::Error> {
    let mut curves: BTreeMap<String, Curve> = BTreeMap::new();
    for line in log.lines().filter(|line| !line.trim().is_empty()) {
        let line: Map<String, Value> = serde_json::from_str(line)?;
        let Some(samples) = line.get("samples").and_then(Value::as_f64) else {
            continue;
        };
        for (name, value) in &line {
            let shown = name == "loss" || name.starts_with("val_");
            if let Some(value) = value.as_f64().filter(|_| shown) {
                curves
                    .entry(name.clone())
                    .or_default()
                    .push((samples, value));
            }
        }
    }
    Ok(curves)
}

/// Smallest and largest value, a little apart.
fn range(curve: &Curve) -> Range<f64> {
    let low = curve.iter().map(|at| at.1).fold(f64::INFINITY, f64::min);
    let high = curve
        .iter()
        .map(|at| at.1)
        .fold(f64::NEG_INFINITY, f64::max);
    // A flat curve still gets an axis with readable numbers.
    let margin = (0.05 * (high - low)).max(0.01);
    low - margin..high + margin
}

fn draw(path: &Path, curves: &BTreeMap<String, Curve>) -> Result<(), Box<dyn Error>> {
    let height = PANEL_HEIGHT * curves.len() as u32;
    let area = SVGBackend::new(path, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE)?;
    for ((name, curve), panel) in curves.iter().zip(area.split_evenly((curves.len(), 1))) {
        let end = curve.iter().map(|at| at.0).fold(0.0, f64::max);
        let mut chart = ChartBuilder::on(&panel)
            .caption(name.replace("val_", "validation: "), ("sans-serif", 15))
            .margin(8)
            .x_label_area_size(32)
            .y_label_area_size(60)
            .build_cartesian_2d(0.0..end, range(curve))?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_labels(7)
            .x_label_formatter(&|samples| format!("{samples:.0}"))
            .y_labels(5)
            .x_desc("samples")
            .draw()?;
        chart.draw_series(LineSeries::new(curve.iter().copied(), &BLUE))?;
    }
    area.present()?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "docs/log/training".to_owned());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "jsonl") {
            let picture = path.with_extension("svg");
            draw(&picture, &curves(&fs::read_to_string(&path)?)?)?;
            println!("{}", picture.display());
        }
    }
    Ok(())
}
