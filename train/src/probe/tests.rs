//! Probes of pictures that tests make, by a tower that sees mean colours.

use serde_json::json;
use unimed_imaging::RgbImage;

use super::*;
use crate::pictures::made::{Made, line};

/// Mean red and green, and something that tells nothing.
struct Colours;

impl Tower for Colours {
    fn features(&self, image: &RgbImage) -> Result<Vec<f32>, TrainError> {
        let mean = |channel: usize| {
            let values = image.pixels.iter().skip(channel).step_by(3);
            values.map(|&byte| f32::from(byte)).sum::<f32>() / (image.pixels.len() / 3) as f32
        };
        Ok(vec![mean(0), mean(1), 7.0])
    }
}

fn settings(fields: &[&str], against_simulated: bool) -> ProbeSettings {
    ProbeSettings {
        package: PathBuf::new(),
        folders: Vec::new(),
        fields: fields.iter().map(|&field| field.to_owned()).collect(),
        against_simulated,
    }
}

/// Red and green pictures; on the board one of four greens is red.
fn colours(name: &str) -> (Made, Folder) {
    let made = Made::new(name);
    let mut lines = Vec::new();
    for index in 0..24_usize {
        let red = index % 2 == 0;
        let split = if index < 16 { "train" } else { "board" };
        let shade = 120 + index as u8;
        let shown = red || index == 17;
        let colour = if shown {
            [shade, 10, 10]
        } else {
            [10, shade, 10]
        };
        let file = format!("{index}.png");
        made.picture(&file, (32, 32), colour, [0; 4]);
        let class = if red { "red" } else { "green" };
        lines.push(line(
            &file,
            json!({"split": split, "class": class, "organ": "colon"}),
        ));
    }
    made.index(&lines);
    let folder = Folder::open(made.path()).expect("sound");
    (made, folder)
}

#[test]
fn a_question_is_probed_and_counted_by_hand() {
    let (_made, folder) = colours("probe");
    let report =
        probe_with(&Colours, &[folder], &settings(&[], false), &mut |_| {}).expect("probed");
    assert_eq!(report.pictures, 24);
    // Modality and organ have one answer and are no questions.
    assert_eq!(Vec::from_iter(report.questions.keys()), ["made/class"]);
    let probed = &report.questions["made/class"];
    assert_eq!((probed.train, probed.n, probed.held_out), (16, 8, "board"));
    assert_eq!(
        (probed.share, probed.balanced, probed.majority),
        (0.875, 0.875, 0.5)
    );
    assert_eq!(probed.by_class["green"], ClassCount { right: 3, n: 4 });
    assert_eq!(probed.by_class["red"], ClassCount { right: 4, n: 4 });
    // Wilson's intervals: of 7 of 8, and the means of those of 3 of 4 and of 4 of 4.
    assert_eq!((probed.low, probed.high), (0.5291, 0.9776));
    assert!(
        (probed.balanced_low - 0.4054).abs() < 2e-4,
        "{}",
        probed.balanced_low
    );
    assert!(
        (probed.balanced_high - 0.9772).abs() < 2e-4,
        "{}",
        probed.balanced_high
    );
}

#[test]
fn a_field_is_named_with_or_without_its_source() {
    let (_made, folder) = colours("probe-fields");
    let folders = [folder];
    for field in ["class", "made/class"] {
        assert_eq!(
            keys(&folders, &[field.to_owned()]).expect("known"),
            ["made/class"]
        );
    }
    let error = keys(&folders, &["organ".to_owned()])
        .expect_err("one answer")
        .to_string();
    assert!(
        error.contains("--field is organ, expected a question") && error.contains("made/class"),
        "{error}"
    );
}

#[test]
fn without_a_board_groups_of_the_training_pictures_are_kept_out() {
    let (made, _) = colours("probe-no-board");
    let lines: Vec<serde_json::Value> = (0..24)
        .map(|index| {
            let class = if index % 2 == 0 { "red" } else { "green" };
            line(
                &format!("{index}.png"),
                json!({"split": "train", "class": class}),
            )
        })
        .collect();
    made.index(&lines);
    let folder = Folder::open(made.path()).expect("sound");
    let report = probe_with(
        &Colours,
        &[folder],
        &settings(&["class"], false),
        &mut |_| {},
    )
    .expect("probed");
    let probed = &report.questions["made/class"];
    assert_eq!(probed.held_out, "training groups");
    assert!(
        probed.n > 0 && probed.train + probed.n as usize == 24,
        "{probed:?}"
    );
}

#[test]
fn coloured_pictures_are_told_from_simulated_ones() {
    let made = Made::new("probe-simulated");
    let mut lines = Vec::new();
    for index in 0..30 {
        let file = format!("{index}.png");
        made.picture(&file, (40, 32), [250, index, 0], [0; 4]);
        let split = if index < 22 { "train" } else { "board" };
        lines.push(line(
            &file,
            json!({"split": split, "modality": "ct", "width": 40}),
        ));
    }
    made.index(&lines);
    let folder = Folder::open(made.path()).expect("sound");
    let report =
        probe_with(&Colours, &[folder], &settings(&[], true), &mut |_| {}).expect("probed");
    assert_eq!(Vec::from_iter(report.against_simulated.keys()), ["ct"]);
    let probed = &report.against_simulated["ct"];
    assert_eq!((probed.train, probed.n, probed.balanced), (44, 16, 1.0));
}
