//! Reading, asking and changing of pictures, on folders that the tests make.

use serde_json::{Value, json};

use super::{
    Folder, PictureSet, Topic, View, asked,
    made::{Made, line},
};
use crate::{TrainError, data::sample_rng};

/// A folder with one 32 x 32 picture, a.png, and a mask of it.
fn folder(name: &str) -> Made {
    let made = Made::new(name);
    made.picture("a.png", (32, 32), [90; 3], [4, 4, 12, 12]);
    made.picture("mask.png", (32, 32), [0; 3], [4, 4, 12, 12]);
    made.picture("small.png", (16, 16), [0; 3], [0, 0, 4, 4]);
    made
}

/// The error about an index of these lines: number of the line and name of the field.
fn fault(name: &str, lines: &[Value]) -> (usize, String) {
    let made = folder(name);
    made.index(lines);
    match Folder::open(made.path()) {
        Err(TrainError::Index { line, field, .. }) => (line, field),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn faults_are_named_by_line_and_field() {
    let good = line("a.png", json!({}));
    let bad = |more: Value| vec![good.clone(), line("small.png", more)];
    let sized = |more: Value| {
        let mut fields = json!({"width": 16, "height": 16});
        fields
            .as_object_mut()
            .expect("object")
            .extend(more.as_object().expect("object").clone());
        bad(fields)
    };
    let cases = [
        ("missing-file", bad(json!({"file": "none.png"})), "file"),
        ("outside", bad(json!({"file": "../a.png"})), "file"),
        ("size", bad(json!({})), "file"),
        ("zero", bad(json!({"width": 0})), "width"),
        (
            "mask-size",
            sized(json!({"mask": "mask.png", "mask_of": "polyp"})),
            "mask",
        ),
        (
            "mask-missing",
            sized(json!({"mask": "none.png", "mask_of": "polyp"})),
            "mask",
        ),
        ("mask-of", sized(json!({"mask": "small.png"})), "mask_of"),
        ("modality", sized(json!({"modality": "photo"})), "modality"),
        ("no-modality", sized(json!({"modality": null})), "modality"),
        ("kind", sized(json!({"kind": "strange"})), "kind"),
        ("other", sized(json!({"kind": "other"})), "modality"),
        ("split", sized(json!({"split": "test"})), "split"),
        ("view", sized(json!({"view": "oblique"})), "view"),
        ("plane", sized(json!({"plane": 3})), "plane"),
        ("side", sized(json!({"side": "both"})), "side"),
        ("window", sized(json!({"window": "wide"})), "window"),
        ("stain", sized(json!({"stain": "ink"})), "stain"),
        ("probe", sized(json!({"probe": "round"})), "probe"),
        ("sequence", sized(json!({"sequence": "t9"})), "sequence"),
        ("box", sized(json!({"box": [0.5, 0.0, 0.4, 1.0]})), "box"),
        (
            "box-outside",
            sized(json!({"box": [0.0, 0.0, 1.5, 1.0]})),
            "box",
        ),
        (
            "findings",
            sized(json!({"findings": {"polyp": "yes"}})),
            "findings",
        ),
        ("labels", sized(json!({"labels": "polyp"})), "labels"),
        (
            "group",
            sized(json!({"group": "a.png", "split": "train"})),
            "split",
        ),
        ("id", sized(json!({"id": "a.png"})), "id"),
        ("twice", bad(json!({"file": "a.png", "id": "b"})), "file"),
        ("source", sized(json!({"source": null})), "source"),
        ("class", sized(json!({"class": 3})), "class"),
    ];
    for (name, lines, field) in cases {
        assert_eq!(fault(name, &lines), (2, field.to_owned()), "{name}");
    }
    assert_eq!(
        fault("list", &[good.clone(), json!([1])]),
        (2, "the line".into())
    );
    assert_eq!(fault("empty", &[]), (1, "the index".into()));
}

#[test]
fn a_file_that_is_no_picture_is_named() {
    let made = folder("text");
    std::fs::write(made.0.join("a.png"), "text").expect("written");
    made.index(&[line("a.png", json!({}))]);
    let error = Folder::open(made.path())
        .expect_err("no picture")
        .to_string();
    assert!(
        error.contains("index.jsonl, line 1: file is a.png"),
        "{error}"
    );
}

#[test]
fn fields_that_nothing_reads_are_told() {
    let made = folder("unread");
    made.index(&[line("a.png", json!({"licence": "CC0", "modalty": "ct"}))]);
    let folder = Folder::open(made.path()).expect("sound");
    assert_eq!(Vec::from_iter(folder.unread), ["modalty"]);
}

#[test]
fn further_fields_join_those_of_the_index() {
    let made = folder("further");
    made.index(&[line("a.png", json!({"modality": "ct", "plane": "axial"}))]);
    let more = made.0.join("more.jsonl");
    let open = |text: &str| {
        std::fs::write(&more, text).expect("written");
        Folder::all(std::slice::from_ref(&made.0), Some(&more))
    };
    let folders = open(r#"{"id": "a.png", "window": "lung", "plane": "sagittal"}"#).expect("sound");
    let answers: Vec<String> = asked(&folders[0].records[0])
        .into_iter()
        .map(|asked| asked.answer)
        .collect();
    assert_eq!(answers, ["CT scan", "axial", "lung window"]);
    for (text, line, field) in [
        ("{}", 1, "id"),
        ("[]", 1, "the line"),
        ("{\"id\": \"a.png\"}\n{\"id\": \"b.png\"}", 2, "id"),
        ("{\"id\": \"a.png\"}\n{\"id\": \"a.png\"}", 2, "id"),
        ("{\"id\": \"a.png\", \"window\": \"wide\"}", 1, "window"),
    ] {
        match open(text) {
            Err(TrainError::Index {
                line: at,
                field: name,
                ..
            }) => assert_eq!((at, name.as_str()), (line, field)),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn several_folders_are_one_gallery_and_share_no_group_across_splits() {
    let (first, second) = (folder("several-1"), folder("several-2"));
    let class = |name: &str, split: &str| {
        line(
            "a.png",
            json!({"split": split, "class": name, "group": "p"}),
        )
    };
    first.index(&[class("cat", "train")]);
    second.index(&[class("dog", "train")]);
    let roots = [first.0.clone(), second.0.clone()];
    let folders = Folder::all(&roots, None).expect("sound");
    let gallery = PictureSet::training(&folders).expect("pictures");
    let classes = gallery.pictures.iter().flat_map(|picture| &picture.asked);
    let classes: Vec<&str> = classes
        .filter(|asked| asked.key == "made/class" && asked.wordings[0] == "Which class is this?")
        .map(|asked| asked.answer.as_str())
        .collect();
    assert_eq!(classes, ["cat", "dog"]);
    second.index(&[class("dog", "board")]);
    let error = Folder::all(&roots, None).expect_err("in both").to_string();
    assert!(
        error.contains("line 1: split is board, expected train as on line 1 of")
            && error.contains("the group p of made cannot be in two splits"),
        "{error}"
    );
    // Another source may have a group of the same name.
    second.index(&[line("a.png", json!({"source": "else", "group": "p"}))]);
    assert_eq!(Folder::all(&roots, None).expect("sound").len(), 2);
}

/// Key and answer of everything that is asked about a line.
fn answers(name: &str, more: Value) -> Vec<(String, String)> {
    let made = folder(name);
    made.index(&[line("a.png", more)]);
    let folder = Folder::open(made.path()).expect("sound");
    asked(&folder.records[0])
        .into_iter()
        .map(|asked| (asked.key, asked.answer))
        .collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(key, answer)| ((*key).to_owned(), (*answer).to_owned()))
        .collect()
}

#[test]
fn fields_become_questions() {
    let polyp = json!({
        "organ": "colon", "findings": {"polyp": true}, "box": [0.6, 0.1, 0.9, 0.4],
        "mask": "mask.png", "mask_of": "polyp",
    });
    assert_eq!(
        answers("polyp", polyp),
        pairs(&[
            ("modality", "endoscopy image"),
            ("organ", "colon"),
            ("made/polyp", "yes"),
            ("place/polyp", "in the upper right"),
            ("size/polyp", "moderate"),
        ])
    );
    let film = json!({"modality": "chest-xray", "view": "ap", "findings": {"pneumonia": false}});
    assert_eq!(
        answers("film", film),
        pairs(&[
            ("modality", "chest X-ray"),
            ("organ", "chest"),
            ("view", "frontal"),
            ("projection", "AP"),
            ("made/pneumonia", "no"),
        ])
    );
    let lesion = json!({
        "modality": "ultrasound", "anatomy": "breast, left", "findings": {"tumour": true, "malignant": true},
    });
    assert_eq!(
        answers("lesion", lesion),
        pairs(&[
            ("modality", "ultrasound image"),
            ("organ", "breast"),
            ("made/lesion", "malignant tumor"),
            ("made/malignancy", "malignant"),
            ("made/tumour", "yes"),
        ])
    );
    let tumour = json!({"modality": "brain-mri", "sequence": "t1 contrast-enhanced", "labels": ["pituitary tumour"]});
    assert_eq!(
        answers("tumour", tumour),
        pairs(&[
            ("modality", "brain MRI"),
            ("organ", "brain"),
            ("sequence", "contrast-enhanced T1"),
            ("made/tumor kind", "pituitary tumor"),
        ])
    );
    let other = json!({"kind": "other", "modality": null, "findings": {"cat": true}});
    assert_eq!(
        answers("other", other),
        pairs(&[(
            "modality",
            "I cannot tell: this is none of my kinds of image"
        )])
    );
}

#[test]
fn a_box_on_an_axis_lies_in_no_quadrant() {
    let middle = json!({"box": [0.4, 0.1, 0.62, 0.3], "findings": {"polyp": true}});
    let keys: Vec<String> = answers("axis", middle)
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    assert!(
        !keys.contains(&"place/polyp".to_owned()) && keys.contains(&"size/polyp".to_owned()),
        "{keys:?}"
    );
}

/// Training pictures: one source that tells yes from no, one that only knows yes.
fn gallery(name: &str) -> (Made, PictureSet) {
    let made = folder(name);
    let mut lines = Vec::new();
    for index in 0..6 {
        let file = format!("{index}.png");
        made.picture(&file, (32, 32), [30 * index as u8; 3], [4, 4, 12, 12]);
        let more = json!({
            "split": "train", "source": if index < 4 { "two" } else { "one" },
            "findings": {"polyp": index == 0 || index > 3},
        });
        lines.push(line(&file, more));
    }
    made.index(&lines);
    let folder = Folder::open(made.path()).expect("sound");
    let gallery = PictureSet::training(&[folder]).expect("pictures");
    (made, gallery)
}

#[test]
fn findings_are_asked_only_where_both_answers_occur() {
    let (_made, gallery) = gallery("both");
    for picture in &gallery.pictures {
        let asks = picture
            .asked
            .iter()
            .any(|asked| asked.topic == Topic::Finding);
        assert_eq!(
            asks,
            picture.record.source == "two",
            "{}",
            picture.record.id
        );
    }
}

#[test]
fn draws_are_balanced_within_a_source() {
    let (_made, gallery) = gallery("balance");
    let mut rng = sample_rng(1, 1);
    let mut counts = [0.0; 6];
    for _ in 0..6000 {
        let id = &gallery.draw(&mut rng).record.id;
        counts[id[..1].parse::<usize>().expect("a digit")] += 1.0;
    }
    // Sources by the roots of four and two; in the first the one yes as often as the three no together.
    let first = 6000.0 * 2.0 / (2.0 + 2.0_f64.sqrt());
    for (index, expected) in [
        (0, first / 2.0),
        (1, first / 6.0),
        (4, (6000.0 - first) / 2.0),
    ] {
        let count: f64 = counts[index];
        assert!(
            (count - expected).abs() < 0.12 * expected + 20.0,
            "{index}: {count}, expected {expected}"
        );
    }
}

#[test]
fn a_folder_without_training_pictures_is_refused() {
    let made = folder("board-only");
    made.index(&[line("a.png", json!({}))]);
    let folder = Folder::open(made.path()).expect("sound");
    let error = PictureSet::training(&[folder])
        .expect_err("none")
        .to_string();
    assert!(error.contains("split train"), "{error}");
}

#[test]
fn masks_move_with_their_pictures() {
    let made = Made::new("moved");
    made.picture("a.png", (96, 64), [40; 3], [10, 8, 40, 30]);
    made.picture("mask.png", (96, 64), [0; 3], [10, 8, 40, 30]);
    let more = json!({
        "split": "train", "width": 96, "height": 64, "mask": "mask.png", "mask_of": "polyp",
        "box": [0.104, 0.125, 0.417, 0.469],
    });
    made.index(&[line("a.png", more)]);
    let gallery =
        PictureSet::training(&[Folder::open(made.path()).expect("sound")]).expect("pictures");
    let picture = &gallery.pictures[0];
    let mut framed = 0;
    for index in 0..40 {
        let view = View::changed(picture, 16, &mut sample_rng(2, index));
        assert!(
            view.width.is_multiple_of(16)
                && view.height.is_multiple_of(16)
                && view.width.max(view.height) <= 256
        );
        let mask = view.mask.as_ref().expect("a mask");
        let mean = |inside: bool| {
            let chosen = view.pixels[..mask.len()]
                .iter()
                .zip(mask)
                .filter(|(_, own)| **own == inside);
            let (sum, count) = chosen.fold((0.0, 0.0), |a, (value, _)| (a.0 + value, a.1 + 1.0));
            sum / count
        };
        assert!(
            mean(true) > mean(false) + 0.3,
            "{index}: {} {}",
            mean(true),
            mean(false)
        );
        if let Some(frame) = view.frame {
            framed += 1;
            let (x, y) = frame.middle();
            let at =
                (y * view.height as f64) as usize * view.width + (x * view.width as f64) as usize;
            assert!(mask[at], "{index}");
        }
    }
    assert!(framed > 20, "{framed}");
}
