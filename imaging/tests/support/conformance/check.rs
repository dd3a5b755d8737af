//! Opens a case's files together and compares.

use serde_json::Value;
use sha2::{Digest, Sha256};
use unimed_imaging::report::{Ask, Report, Shape, measured, plane_of};
use unimed_imaging::{Excerpt, Limits, Opened, Opener, Series};

use super::Case;
use super::matching::subset;

/// What differs from what is expected; empty when all is right.
pub(crate) fn run(case: &Case) -> Vec<String> {
    let mut opener = Opener::new(Limits::default());
    for file in &case.files {
        let path = case.folder.join(file);
        match std::fs::read(&path) {
            Ok(bytes) => opener.add(file, bytes),
            Err(error) => return vec![format!("{file}: {error}")],
        }
    }
    let opened = opener.finish();
    let expect = case.expect.as_object().expect("cases are objects");
    let mut out = Vec::new();
    for (key, want) in expect {
        match key.as_str() {
            "refused" => refused(&opened, want, &mut out),
            "report" => {
                let report = serde_json::to_value(Report::of(&opened));
                let report = report.expect("reports are JSON");
                subset("", &report, want, &mut out);
            }
            "pixels" => each(want, |entry| pixels(&opened, entry, &mut out)),
            "shown" => each(want, |entry| shown(&opened, entry, &mut out)),
            "measure" => each(want, |entry| measure(&opened, entry, &mut out)),
            "extents" => each(want, |entry| extents(&opened, entry, &mut out)),
            other => panic!("{}: nobody knows how to check {other}", case.id),
        }
    }
    assert!(!expect.is_empty(), "{} expects nothing", case.id);
    out
}

fn each(list: &Value, check: impl FnMut(&Value)) {
    let list = list.as_array().expect("checks are lists");
    assert!(!list.is_empty(), "a check without any entry");
    list.iter().for_each(check);
}

fn refused(opened: &Opened, want: &Value, out: &mut Vec<String>) {
    let words = want.as_str().expect("words");
    let messages: Vec<String> = opened
        .problems
        .iter()
        .map(|problem| problem.error.to_string())
        .collect();
    if !opened.series.is_empty() {
        out.push(format!("is opened, expected a refusal with {words:?}"));
    } else if !messages.iter().any(|message| message.contains(words)) {
        out.push(format!("is refused with {messages:?}, expected {words:?}"));
    }
}

fn index(entry: &Value, key: &str) -> usize {
    entry[key].as_u64().unwrap_or(0) as usize
}

fn series<'o>(opened: &'o Opened, entry: &Value, out: &mut Vec<String>) -> Option<&'o Series> {
    let number = index(entry, "series");
    let found = opened.series.get(number);
    if found.is_none() {
        let problems: Vec<String> = opened
            .problems
            .iter()
            .map(|problem| problem.error.to_string())
            .collect();
        out.push(format!(
            "there is no series {number}; problems: {problems:?}"
        ));
    }
    found
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The probe's place; `None` for one outside of the frame.
fn place(probe: &Value, width: usize, height: usize) -> Option<usize> {
    let (x, y) = (probe[0].as_u64()? as usize, probe[1].as_u64()? as usize);
    (x < width && y < height).then_some(y * width + x)
}

fn pixels(opened: &Opened, entry: &Value, out: &mut Vec<String>) {
    let Some(series) = series(opened, entry, out) else {
        return;
    };
    let number = index(entry, "frame");
    let Some(samples) = series.frames.get(number) else {
        return out.push(format!("there is no frame {number}"));
    };
    let value = |pixel| samples.value(pixel).map(|x| series.info.rescale.value(x));
    let before = out.len();
    for probe in entry["probes"].as_array().into_iter().flatten() {
        let found = place(probe, series.info.width, series.info.height).and_then(value);
        let (want, tolerance) = (
            probe[2].as_f64().expect("a value"),
            probe[3].as_f64().expect("a tolerance"),
        );
        if found.is_none_or(|found| (found - want).abs() > tolerance + 1e-6 * want.abs()) {
            out.push(format!(
                "frame {number} at {},{}: {found:?}, expected {want}",
                probe[0], probe[1]
            ));
        }
    }
    if let Some(want) = entry["sha256"].as_str() {
        let bytes: Vec<u8> = (0..samples.pixels())
            .filter_map(value)
            .flat_map(|value| (value as f32).to_le_bytes())
            .collect();
        if sha256(&bytes) != want && out.len() == before {
            out.push(format!("frame {number}: values differ beside the probes"));
        }
    }
}

fn shown(opened: &Opened, entry: &Value, out: &mut Vec<String>) {
    let Some(series) = series(opened, entry, out) else {
        return;
    };
    let number = index(entry, "frame");
    let picture = match series.rgb(number, &series.info.first_voi(number)) {
        Ok(picture) => picture,
        Err(error) => return out.push(format!("frame {number} is not shown: {error}")),
    };
    let before = out.len();
    for probe in entry["probes"].as_array().into_iter().flatten() {
        let found = place(probe, picture.width, picture.height)
            .map(|pixel| &picture.pixels[3 * pixel..3 * pixel + 3]);
        let tolerance = probe[3].as_f64().expect("a tolerance");
        let fits = found.is_some_and(|found| {
            let want = probe[2].as_array().expect("three shades");
            found.iter().zip(want).all(|(found, want)| {
                (f64::from(*found) - want.as_f64().expect("a shade")).abs() <= tolerance
            })
        });
        if !fits {
            out.push(format!(
                "frame {number} shows {found:?} at {},{}, expected {}",
                probe[0], probe[1], probe[2]
            ));
        }
    }
    if let Some(want) = entry["sha256"].as_str()
        && sha256(&picture.pixels) != want
        && out.len() == before
    {
        out.push(format!(
            "frame {number}: the picture differs beside the probes"
        ));
    }
}

fn extents(opened: &Opened, entry: &Value, out: &mut Vec<String>) {
    let Some(series) = series(opened, entry, out) else {
        return;
    };
    let name = entry["plane"].as_str().expect("a plane");
    let kind = plane_of(name).expect("one of the three planes");
    let plane = series
        .planes()
        .into_iter()
        .flatten()
        .find(|p| p.kind == kind);
    let Some(plane) = plane else {
        return out.push(format!("there is no {name} plane"));
    };
    let excerpt = Excerpt {
        frame: plane.slices / 2,
        plane: Some(kind),
        ..Excerpt::default()
    };
    let picture = match excerpt.show(series) {
        Ok(picture) => picture,
        Err(error) => return out.push(format!("the {name} plane is not shown: {error}")),
    };
    let above = entry["above"].as_u64().expect("a shade") as u8;
    let mut columns = (usize::MAX, 0);
    let mut rows = (usize::MAX, 0);
    for (pixel, shade) in picture.pixels.chunks_exact(3).enumerate() {
        if shade[0] > above {
            let (x, y) = (pixel % picture.width, pixel / picture.width);
            columns = (columns.0.min(x), columns.1.max(x + 1));
            rows = (rows.0.min(y), rows.1.max(y + 1));
        }
    }
    if columns.1 == 0 {
        return out.push(format!("nothing in the {name} plane is above {above}"));
    }
    let (across_mm, down_mm) = plane.pixel_mm();
    let found = [
        (columns.1 - columns.0) as f64 * across_mm,
        (rows.1 - rows.0) as f64 * down_mm,
    ];
    let tolerance = entry["tolerance"].as_f64().expect("a tolerance");
    for (found, want) in found.iter().zip(entry["mm"].as_array().expect("two sizes")) {
        let want = want.as_f64().expect("a size");
        if (found - want).abs() > tolerance {
            out.push(format!(
                "the {name} plane shows {found:.2} mm, expected {want} within {tolerance}"
            ));
        }
    }
}

fn point(value: &Value) -> Option<[f64; 2]> {
    Some([value[0].as_f64()?, value[1].as_f64()?])
}

fn measure(opened: &Opened, entry: &Value, out: &mut Vec<String>) {
    let known = [
        "series", "frame", "plane", "from", "to", "through", "ellipse", "expect",
    ];
    let entry_keys = entry
        .as_object()
        .expect("a measurement is an object")
        .keys();
    for key in entry_keys {
        assert!(known.contains(&key.as_str()), "a measurement with {key}");
    }
    let shape = match (
        point(&entry["from"]),
        point(&entry["through"]),
        point(&entry["to"]),
    ) {
        (Some(from), None, Some(to)) => Shape::Length([from, to]),
        (Some(from), Some(through), Some(to)) => Shape::Angle([from, through, to]),
        _ => {
            let ellipse = &entry["ellipse"];
            let numbers = [0, 1, 2, 3].map(|i| ellipse[i].as_f64().expect("four numbers"));
            Shape::Ellipse([[numbers[0], numbers[1]], [numbers[2], numbers[3]]])
        }
    };
    let ask = Ask {
        series: index(entry, "series"),
        frame: index(entry, "frame"),
        plane: entry["plane"].as_str().and_then(plane_of),
        shape,
    };
    match measured(opened, &ask) {
        Ok(found) => {
            let found = serde_json::to_value(found).expect("reports are JSON");
            subset("measure", &found, &entry["expect"], out);
        }
        Err(error) => out.push(format!("is not measured: {error}")),
    }
}
