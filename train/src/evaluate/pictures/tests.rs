//! A folder of four pictures, scored by hand.

use serde_json::json;

use super::*;
use crate::{
    pictures::made::{Made, line},
    unknown::Reason,
};

/// Answers by the brightness of a picture's first pixel.
struct Known;

impl Reader for Known {
    fn answers(
        &self,
        image: Option<&RgbImage>,
        questions: &[&str],
    ) -> Result<Vec<String>, TrainError> {
        let answer = |question: &&str| {
            let shade = image.map(|image| image.pixels[0]);
            let answer = match (*question, shade) {
                ("What kind of image is this?", Some(200)) => "chest X-ray",
                ("What kind of image is this?", Some(90)) => Reason::OtherKind.sentence(),
                ("What kind of image is this?", _) => "endoscopy image",
                ("Is there a polyp?", Some(30)) => "no",
                ("Is there a polyp?", _) => "yes",
                ("Where is the polyp?", _) => "in the upper left",
                ("How large is the polyp?", Some(BLANK)) => "large",
                ("How large is the polyp?", _) => "moderate",
                // What no image answers; of the last picture it is answered all the same.
                (other, shade) => {
                    assert!(
                        (0..4).any(|turn| outside_question(turn) == other),
                        "{other}"
                    );
                    if shade == Some(90) {
                        "yes"
                    } else {
                        "I cannot tell: something"
                    }
                }
            };
            answer.to_owned()
        };
        Ok(questions.iter().map(answer).collect())
    }

    fn attention(&self, _: &RgbImage, _: &str) -> Result<Option<ImageAttention>, TrainError> {
        Ok(Some(ImageAttention {
            rows: 2,
            columns: 2,
            weights: vec![0.7, 0.1, 0.1, 0.1],
        }))
    }
}

#[test]
fn a_folder_is_scored_as_by_hand() {
    let made = Made::new("scored");
    for (file, shade) in [("a.png", 10), ("b.png", 30), ("c.png", 200), ("d.png", 90)] {
        made.picture(file, (32, 32), [shade; 3], [8, 8, 9, 9]);
    }
    made.index(&[
        // All right: modality, polyp, place, size; attention in the box.
        line(
            "a.png",
            json!({"findings": {"polyp": true}, "box": [0.1, 0.1, 0.4, 0.4]}),
        ),
        // Modality and "no" right.
        line("b.png", json!({"findings": {"polyp": false}})),
        // A chest X-ray to the model: modality wrong, polyp right, place wrong, size right, attention outside.
        line(
            "c.png",
            json!({"findings": {"polyp": true}, "box": [0.6, 0.6, 0.9, 0.9]}),
        ),
        // Another kind, recognized.
        line(
            "d.png",
            json!({"kind": "other", "modality": null, "source": "photos"}),
        ),
    ]);
    let folder = Folder::open(made.path()).expect("sound");
    let records: Vec<Shown<'_>> = folder
        .of(PictureSplit::Board)
        .map(|record| (&folder, record))
        .collect();
    let scores = ask_all(&Known, &records, &mut |_| {}).expect("answers");
    let value = serde_json::to_value(scores.report(records.len())).expect("JSON");
    assert_eq!(value["n"], 4);
    assert_eq!(
        value["modality"],
        json!({"overall": 0.6667, "by_modality": {"endoscopy": 0.6667}})
    );
    assert_eq!(value["attributes"], json!({}));
    let findings =
        json!({"balanced": 1.0, "majority": 0.6667, "n": 3, "by_question": {"polyp": 1.0}});
    assert_eq!(value["findings"], json!({"made": findings}));
    assert_eq!(value["place"], 0.5);
    assert_eq!(value["pointing"], 0.5);
    assert_eq!(
        value["other"],
        json!({"recall": 1.0, "false_alarm": 0.0, "outside": 0.75})
    );
    // Right: a's four, b's two, c's polyp and size, d's one: nine. A grey picture also gives two modalities, two polyps
    // and the place.
    assert_eq!(value["blank_survival"], 0.5556);
    assert!(value["autoencoder_psnr"].is_null() && value["superres_gain_db"].is_null());
    let polyp = &value["by_source"]["made"]["made/polyp"];
    assert_eq!(polyp["n"], 3);
    assert_eq!(
        (&polyp["right"], &polyp["share"], &polyp["balanced"]),
        (&json!(3), &json!(1.0), &json!(1.0))
    );
    assert_eq!(
        (&polyp["low"], &polyp["high"]),
        (&json!(0.4385), &json!(1.0))
    );
    assert_eq!(
        (&polyp["majority"], &polyp["blind"]),
        (&json!(0.6667), &json!(0.6667))
    );
    assert_eq!(value["by_source"]["made"]["place/polyp"]["share"], 0.5);
}

#[test]
fn the_peak_is_that_of_all_tokens_together() {
    let frame = Frame {
        x0: 0.5,
        y0: 0.0,
        x1: 1.0,
        y1: 0.5,
    };
    // Two tokens over 2 x 2 patches: the second outweighs the first.
    let weights = [0.4, 0.1, 0.0, 0.0, 0.0, 0.6, 0.1, 0.0];
    assert!(peak_lies_in(&weights, 2, 2, &frame));
    assert!(!peak_lies_in(&weights[..4], 2, 2, &frame));
}

#[test]
fn an_unknown_split_is_refused() {
    assert!(split_of("test").is_err() && split_of("board").is_ok());
}
