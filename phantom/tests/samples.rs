//! What every user of the simulator relies on: determinism, separate splits, balanced answers,
//! honest text.

use std::collections::{BTreeMap, HashMap, HashSet};

use unimed_phantom::{
    Case, Modality, PairTask, SIDE, Split, case, case_without_image, grammar_lines, pair, prompt,
};

const SPLITS: [Split; 4] = [Split::Train, Split::Validation, Split::Test, Split::HeldOut];

/// FNV-1a, to compare pictures with a literal.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |h, &b| {
        (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

fn fact<'a>(case: &'a Case, key: &str) -> Option<&'a str> {
    case.facts
        .iter()
        .find(|f| f.key == key)
        .map(|f| f.value.as_str())
}

#[test]
fn the_same_arguments_give_the_same_bytes_on_every_platform() {
    let got: Vec<(u64, u64)> = Modality::ALL
        .into_iter()
        .map(|modality| {
            let sample = case(modality, Split::Test, 1, 5);
            assert_eq!(sample, case(modality, Split::Test, 1, 5));
            let text = format!("{}{}{:?}", sample.caption, sample.report, sample.qa);
            (hash(&sample.image.pixels), hash(text.as_bytes()))
        })
        .collect();
    assert_eq!(
        got,
        [
            (0x9597_6944_1617_a757, 0xc89b_1dbb_10b8_b575),
            (0x8737_eeef_316a_7ce2, 0x160a_16e2_d662_8e40),
            (0x8776_9c84_a7cb_48e9, 0x567d_88cb_870a_24bb),
            (0x6333_b551_d8d2_2bc9, 0xb762_d90d_c553_31c6),
            (0xf83c_6024_2db4_1f71, 0x9e12_3c8f_2363_5d10),
            (0x6781_e044_66b4_ce38, 0x110f_040e_7725_2a59),
            (0xef8f_e5e6_ced7_45cb, 0x3ff3_f50f_242d_95df),
            (0x0816_a06d_a207_eb06, 0x5e9f_17f7_a160_08bc),
        ],
        "the look or the words changed: {got:#x?}"
    );
}

#[test]
fn the_words_are_the_same_with_and_without_the_image() {
    for modality in Modality::ALL {
        let (whole, words) = (
            case(modality, Split::Train, 2, 1),
            case_without_image(modality, Split::Train, 2, 1),
        );
        assert_eq!(words.image.pixels.len(), 0);
        assert_eq!(
            (whole.report, whole.qa, whole.facts),
            (words.report, words.qa, words.facts)
        );
    }
}

#[test]
fn images_have_the_promised_size_and_use_the_grey_scale() {
    for modality in Modality::ALL {
        for index in 0..12 {
            let image = case(modality, Split::Train, 2, index).image;
            assert_eq!(
                (image.width, image.height, image.pixels.len()),
                (SIDE, SIDE, 3 * SIDE * SIDE)
            );
            let high = *image.pixels.iter().max().expect("pixels");
            let low = *image.pixels.iter().min().expect("pixels");
            // Stained sections lie on a bright field; pale ones have no black.
            let dark = if modality == Modality::Histopathology {
                140
            } else {
                40
            };
            assert!(
                high > 150 && low < dark,
                "{} {index}: {low}..{high}",
                modality.key()
            );
        }
    }
}

#[test]
fn no_two_samples_of_any_splits_and_seeds_are_equal() {
    let mut seen = HashSet::new();
    for modality in Modality::ALL {
        for split in SPLITS {
            for seed in [0, 1] {
                for index in 0..20 {
                    let image = case(modality, split, seed, index).image;
                    assert!(
                        seen.insert(hash(&image.pixels)),
                        "{modality:?} {split:?} {index}"
                    );
                }
            }
        }
    }
}

/// Whether a case shows one of the combinations that are kept for the held-out split.
fn shows_held_out_combination(case: &Case) -> bool {
    let has = |key: &str, side: Option<&str>| {
        fact(case, &format!("{key}.present")) == Some("yes")
            && side.is_none_or(|s| fact(case, &format!("{key}.side")) == Some(s))
    };
    match case.modality {
        Modality::ChestXray => {
            (has("pneumothorax", Some("left")) && has("cardiomegaly", None))
                || (has("effusion", Some("right")) && has("consolidation", Some("left")))
                || (has("effusion", Some("left")) && has("nodule", Some("right")))
        }
        Modality::Fundus => {
            (has("exudates", None) && has("cupping", None))
                || (has("hemorrhages", None) && has("drusen", None))
                || (has("cotton-wool", None) && has("cupping", None))
        }
        Modality::Ct => {
            (has("hydrocephalus", None) && has("ct-hemorrhage", Some("left")))
                || (has("ct-effusion", Some("right")) && has("ct-nodule", Some("left")))
                || (has("ct-effusion", Some("left")) && has("ct-pneumothorax", Some("right")))
                || (has("liver-lesion", None) && fact(case, "aneurysm.size") == Some("large"))
        }
        Modality::Oct => {
            (has("intraretinal-fluid", None) && has("pigment-epithelial-detachment", None))
                || (has("subretinal-fluid", None) && has("epiretinal-membrane", None))
                || (has("macular-drusen", None) && has("macular-hole", None))
        }
        Modality::Ultrasound => {
            (has("simple-cyst", None) && has("gallstones", None))
                || (has("solid-mass", None) && has("ascites", None))
                || (has("solid-mass", None) && has("hydronephrosis", None))
        }
        Modality::Histopathology => {
            (has("necrosis", None) && has("lymphocytes", None))
                || (has("mitoses", None) && has("necrosis", None))
                || (has("ki-67", None) && has("lymphocytes", None))
                || (has("her2", None) && has("necrosis", None))
        }
        Modality::Endoscopy => {
            (has("polyp", None) && has("inflammation", None))
                || (has("ulcer", None) && has("instrument", None))
                || (has("bleeding", None) && has("stool", None))
        }
        _ => {
            (has("glioma", Some("left")) && has("ventriculomegaly", None))
                || (has("infarct", Some("right")) && has("plaques", None))
                || (has("hemorrhage", Some("left")) && has("plaques", None))
        }
    }
}

#[test]
fn held_out_combinations_are_in_the_held_out_split_and_nowhere_else() {
    for modality in Modality::ALL {
        for split in SPLITS {
            for index in 0..300 {
                let sample = case_without_image(modality, split, 3, index);
                assert_eq!(
                    shows_held_out_combination(&sample),
                    split == Split::HeldOut,
                    "{split:?} {}",
                    sample.caption
                );
            }
        }
    }
}

#[test]
fn answers_are_balanced_for_each_form_of_question() {
    // Answers by form over 4000 cases of each modality.
    let mut forms: BTreeMap<&str, HashMap<String, usize>> = BTreeMap::new();
    let turns = Modality::ALL.into_iter().cycle();
    for (index, modality) in (0..4000 * Modality::ALL.len() as u64).zip(turns) {
        for qa in case_without_image(modality, Split::Train, 4, index).qa {
            *forms
                .entry(qa.form)
                .or_default()
                .entry(qa.answer)
                .or_default() += 1;
        }
    }
    assert!(forms.len() > 50, "{} forms", forms.len());
    for (form, answers) in &forms {
        let total: usize = answers.values().sum();
        let most = *answers.values().max().expect("answers");
        assert!(answers.len() > 1, "{form} has one answer: {answers:?}");
        // Half plus three standard deviations of a coin thrown `total` times.
        let bound = 0.51 + 1.5 / (total as f64).sqrt();
        let share = most as f64 / total as f64;
        assert!(
            share <= bound,
            "{form}: {share:.2} of {total}, bound {bound:.2}, {answers:?}"
        );
    }
}

#[test]
fn text_names_exactly_what_the_scene_holds() {
    // A word that gives each finding away in a caption.
    let names = [
        ("cardiomegaly", "cardiomegaly"),
        ("effusion", "effusion"),
        ("pneumothorax", "pneumothorax"),
        ("consolidation", "consolidation"),
        ("nodule", "nodule"),
        ("mass", "mass"),
        ("exudates", "exudates"),
        ("hemorrhages", "retinal hemorrhages"),
        ("cotton-wool", "cotton wool"),
        ("drusen", "drusen"),
        ("cupping", "cupping"),
        ("glioma", "glioma"),
        ("plaques", "plaque"),
        ("infarct", "infarct"),
        ("hemorrhage", "hemorrhage"),
        ("ventriculomegaly", "ventriculomegaly"),
        ("ct-hemorrhage", "intracerebral hemorrhage"),
        ("subdural", "subdural hematoma"),
        ("hydrocephalus", "hydrocephalus"),
        ("ct-nodule", "nodule"),
        ("ct-effusion", "pleural effusion"),
        ("ct-pneumothorax", "pneumothora"),
        ("liver-lesion", "liver lesion"),
        ("aneurysm", "aortic aneurysm"),
        ("intraretinal-fluid", "intraretinal fluid"),
        ("subretinal-fluid", "subretinal fluid"),
        (
            "pigment-epithelial-detachment",
            "pigment epithelial detachment",
        ),
        ("macular-drusen", "drusen"),
        ("epiretinal-membrane", "epiretinal membrane"),
        ("macular-hole", "macular hole"),
        ("simple-cyst", "simple cyst"),
        ("solid-mass", "solid mass"),
        ("thyroid-nodule", "thyroid nodule"),
        ("gallstones", "gallstone"),
        ("hydronephrosis", "hydronephrosis"),
        ("ascites", "ascites"),
        ("carcinoma", "carcinoma"),
        ("necrosis", "necrosis"),
        ("lymphocytes", "lymphocyte"),
        ("mitoses", "mitoses"),
        ("ki-67", "positivity"),
        ("her2", "expression"),
        ("polyp", "polyp"),
        ("ulcer", "ulcer"),
        ("bleeding", "bleeding"),
        ("inflammation", "inflammation"),
        ("stool", "stool"),
        ("instrument", "instrument"),
    ];
    for modality in Modality::ALL {
        for index in 0..200 {
            let sample = case_without_image(modality, Split::Validation, 5, index);
            let impression = sample
                .report
                .split("Impression:")
                .nth(1)
                .expect("two lines");
            for (key, name) in names {
                let Some(present) = fact(&sample, &format!("{key}.present")) else {
                    continue;
                };
                for text in [&sample.caption, impression, &prompt(&sample)] {
                    let named = text.to_lowercase().contains(name);
                    assert_eq!(named, present == "yes", "{key} in: {text}");
                }
                let mut attributes = vec!["side", "size", "place", "severity", "count"];
                if fact(&sample, &format!("{key}.side")) == Some("both") {
                    attributes.retain(|a| *a != "side");
                }
                for attribute in attributes {
                    let Some(value) = fact(&sample, &format!("{key}.{attribute}")) else {
                        continue;
                    };
                    let text = sample.caption.to_lowercase();
                    let single = value == "one" && (text.contains("a ") || text.contains("an "));
                    assert!(
                        text.contains(value) || single,
                        "{key}.{attribute} {value} in: {text}"
                    );
                }
            }
            assert_eq!(
                sample.finding.is_none(),
                sample.caption.contains("no abnormality")
                    || sample.caption.contains("without abnormality")
                    || sample.caption.starts_with("Normal")
            );
        }
    }
}

#[test]
fn answers_agree_with_the_facts() {
    for modality in Modality::ALL {
        for index in 0..200 {
            let sample = case_without_image(modality, Split::Test, 6, index);
            for qa in &sample.qa {
                let parts: Vec<&str> = qa.form.split('.').collect();
                let ([_, what, key] | [_, what, key, ..]) = parts[..] else {
                    continue;
                };
                let attribute = match what {
                    "presence" => "present",
                    "location" => "place",
                    other => other,
                };
                let known = fact(&sample, &format!("{key}.{attribute}"));
                match what {
                    "is-left" => {
                        let left = fact(&sample, &format!("{key}.side")) == Some("left");
                        assert_eq!(qa.answer == "yes", left, "{}", qa.question);
                    }
                    _ => assert_eq!(known, Some(qa.answer.as_str()), "{}", qa.question),
                }
            }
        }
    }
}

#[test]
fn reports_have_two_lines_and_name_every_finding_there_or_not() {
    for modality in Modality::ALL {
        for index in 0..100 {
            let sample = case_without_image(modality, Split::Train, 7, index);
            let lines: Vec<&str> = sample.report.lines().collect();
            assert_eq!(lines.len(), 2);
            assert!(lines[0].starts_with("Findings: ") && lines[1].starts_with("Impression: "));
            let asked = sample.facts.iter().filter(|f| f.key.ends_with(".present"));
            let (statements, findings) = (lines[0].matches('.').count(), asked.count());
            assert_eq!(statements, findings, "{}", sample.report);
            if fact(&sample, "effusion.present") == Some("yes") {
                assert!(!sample.report.contains("There is no pleural effusion."));
            }
            if fact(&sample, "infarct.present") == Some("yes") {
                assert!(!sample.report.contains("There is no infarct."));
            }
        }
    }
}

#[test]
fn the_grammar_lines_cover_every_word_that_any_split_uses() {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !(c.is_alphanumeric() || c == '-'))
            .filter(|w| !w.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let known: HashSet<String> = grammar_lines(60_000)
        .flat_map(|line| words(&line))
        .collect();
    assert!((300..700).contains(&known.len()), "{} words", known.len());
    for modality in Modality::ALL {
        for split in SPLITS {
            for index in 0..60 {
                let sample = case_without_image(modality, split, 8, index);
                let mut texts = vec![sample.caption, sample.report, sample.prompt];
                for qa in sample.qa {
                    texts.extend([qa.question, qa.answer]);
                }
                for word in texts.iter().flat_map(|t| words(t)) {
                    assert!(known.contains(&word), "the tokenizer's text lacks {word}");
                }
            }
        }
    }
    for task in PairTask::ALL {
        for index in 0..30 {
            let sample = pair(task, Split::Test, 8, index);
            for word in words(&sample.instruction)
                .iter()
                .chain(&words(&sample.response))
            {
                assert!(known.contains(word), "the tokenizer's text lacks {word}");
            }
        }
    }
}

#[test]
fn the_words_of_a_person_are_among_the_questions() {
    let lines: HashSet<String> = grammar_lines(8000).collect();
    for question in [
        "What kind of image is this?",
        "Which modality is this?",
        "What is abnormal?",
        "Is there a pleural effusion?",
        "Write a report.",
        "Describe this image.",
    ] {
        assert!(lines.contains(question), "{question}");
    }
}
