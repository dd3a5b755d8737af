//! What every user of the simulator relies on: determinism, separate splits, balanced answers,
//! honest text, pairs that differ only where they say.

use std::collections::{BTreeMap, HashMap, HashSet};

use unimed_phantom::{
    AnswerKind, Case, ComparisonTask, Image, Modality, PairFamily, PairTask, SIDE, Split, case,
    case_without_image, comparison, comparison_without_images, grammar_lines, pair, prompt,
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
            (0x9597_6944_1617_a757, 0x14d6_4e86_944b_e845),
            (0x8737_eeef_316a_7ce2, 0x368c_9a24_51da_1605),
            (0x8776_9c84_a7cb_48e9, 0xe4ef_18d9_57dd_95fa),
            (0x6333_b551_d8d2_2bc9, 0x6811_6cd5_6490_82c0),
            (0xf83c_6024_2db4_1f71, 0xbe19_3dbd_46a9_70c3),
            (0x6781_e044_66b4_ce38, 0xc2de_49c8_c4bc_4ce7),
            (0xef8f_e5e6_ced7_45cb, 0x5b22_bfb4_6bd8_6478),
            (0x0816_a06d_a207_eb06, 0xb1fb_0123_860a_c69d),
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
    // Answers by form over 2000 cases of each modality.
    let mut forms: BTreeMap<&str, HashMap<String, usize>> = BTreeMap::new();
    let turns = Modality::ALL.into_iter().cycle();
    for (index, modality) in (0..2000 * Modality::ALL.len() as u64).zip(turns) {
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
fn reports_have_two_lines_and_deny_only_what_is_absent() {
    for modality in Modality::ALL {
        for index in 0..100 {
            let sample = case_without_image(modality, Split::Train, 7, index);
            let lines: Vec<&str> = sample.report.lines().collect();
            assert_eq!(lines.len(), 2);
            assert!(lines[0].starts_with("Findings: ") && lines[1].starts_with("Impression: "));
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
fn counterfactuals_differ_inside_the_mask_and_nowhere_else() {
    let family = PairTask::ALL
        .into_iter()
        .filter(|task| task.family() == PairFamily::Counterfactual);
    for task in family {
        for split in [Split::Train, Split::HeldOut] {
            for index in 0..25 {
                let sample = pair(task, split, 9, index);
                let finding = sample.finding.expect("counterfactuals name a finding");
                let mask = sample.changed.as_ref().expect("they have a mask");
                // A larger heart scatters a little more light everywhere.
                let veil = if finding == "cardiomegaly" { 6 } else { 0 };
                let mut strong = 0;
                for (i, &inside) in mask.iter().enumerate() {
                    let (a, b) = (sample.source.pixels[3 * i], sample.target.pixels[3 * i]);
                    assert!(
                        inside || a.abs_diff(b) <= veil,
                        "{task:?} {index}: {finding} changes pixel {i} outside the mask"
                    );
                    strong += usize::from(a.abs_diff(b) > 12);
                }
                let share = mask.iter().filter(|&&m| m).count() as f64 / mask.len() as f64;
                assert!(strong >= 24, "{task:?} {index}: {strong} pixels changed");
                assert!(share < 0.6, "{task:?} {index}: mask covers {share:.2}");
                let key = format!("{finding}.present");
                let present = sample.facts.iter().find(|f| f.key == key);
                let removes = matches!(task, PairTask::RemoveEffusion | PairTask::RemoveFinding);
                let expected = if removes { "no" } else { "yes" };
                assert_eq!(present.map(|f| f.value.as_str()), Some(expected));
            }
        }
    }
}

#[test]
fn what_has_become_worse_is_on_the_same_side() {
    let mut words = HashSet::new();
    for index in 0..60 {
        let sample = pair(PairTask::WorsenFinding, Split::Train, 12, index);
        let grade = ["moderate", "large", "severe"]
            .into_iter()
            .find(|word| sample.instruction.contains(word));
        assert!(grade.is_some(), "{}", sample.instruction);
        words.extend(grade);
        let finding = sample.finding.expect("a finding");
        let fact = |name: &str| {
            let key = format!("{finding}.{name}");
            let found = sample.facts.iter().find(|f| f.key == key);
            found.map(|f| f.value.clone())
        };
        assert_eq!(fact("size").or(fact("severity")).as_deref(), grade);
    }
    assert_eq!(words.len(), 3, "{words:?}");
}

#[test]
fn comparisons_are_balanced_and_their_pictures_differ() {
    for task in ComparisonTask::ALL {
        let mut forms: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
        for index in 0..240 {
            let sample = comparison_without_images(task, Split::Train, 3, index);
            assert!(!sample.qa.is_empty());
            for qa in sample.qa {
                if qa.kind == AnswerKind::Closed {
                    *forms
                        .entry(qa.form)
                        .or_default()
                        .entry(qa.answer)
                        .or_default() += 1;
                }
            }
        }
        for (form, answers) in forms {
            let total: usize = answers.values().sum();
            let most = *answers.values().max().expect("answers");
            let bound = 0.51 + 1.5 / (total as f64).sqrt();
            assert!((most as f64) < bound * total as f64, "{form}: {answers:?}");
        }
        for index in 0..6 {
            let sample = comparison(task, Split::Test, 3, index);
            let images = &sample.images;
            assert!(
                images
                    .windows(2)
                    .all(|pair| pair[0].pixels != pair[1].pixels)
            );
            assert_eq!(
                comparison_without_images(task, Split::Test, 3, index).qa,
                sample.qa
            );
        }
    }
}

#[test]
fn super_resolution_starts_from_a_coarse_picture_of_each_modality() {
    let count = Modality::ALL.len() as u64;
    for index in 0..3 * count {
        let sample = pair(PairTask::SuperResolution, Split::Train, 13, index);
        assert_eq!(sample.modality, Modality::ALL[(index % count) as usize]);
        // Steps between neighbours: a picture of 32 x 32 that was enlarged has few large ones.
        let steps = |image: &[u8]| -> u64 {
            let rows = image.chunks_exact(3 * SIDE);
            rows.flat_map(|row| row.iter().zip(&row[3..]))
                .map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2))
                .sum()
        };
        let (coarse, fine) = (steps(&sample.source.pixels), steps(&sample.target.pixels));
        assert!(5 * coarse < 4 * fine, "{:?} {index}", sample.modality);
    }
}

#[test]
fn sequence_pairs_share_the_anatomy_and_swap_the_contrast() {
    for index in 0..25 {
        let forth = pair(PairTask::T1ToT2, Split::Train, 10, index);
        let back = pair(PairTask::T2ToT1, Split::Train, 10, index);
        assert_eq!((&forth.source, &forth.target), (&back.target, &back.source));
        assert!(forth.changed.is_none());
        // The head has the same outline in both: dark in one means dark in the other outside it.
        let (mut agree, mut outside) = (0, 0);
        for (a, b) in forth
            .source
            .pixels
            .chunks_exact(3)
            .zip(forth.target.pixels.chunks_exact(3))
        {
            if a[0] < 12 {
                outside += 1;
                agree += usize::from(b[0] < 120);
            }
        }
        assert!(outside > 2500, "{index}: {outside} dark pixels");
        assert!(
            agree as f64 > 0.8 * outside as f64,
            "{index}: {agree} of {outside}"
        );
        // Fluid is dark in T1 and bright in T2.
        let swapped = forth
            .source
            .pixels
            .chunks_exact(3)
            .zip(forth.target.pixels.chunks_exact(3))
            .filter(|(a, b)| a[0] < 110 && b[0] > 170)
            .count();
        assert!(swapped > 60, "{index}: {swapped} pixels of fluid");
    }
}

/// Correlation of two lists of numbers.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let product =
        |f: fn(f64, f64) -> f64| -> f64 { a.iter().zip(b).map(|(x, y)| f(x - ma, y - mb)).sum() };
    product(|x, y| x * y) / (product(|x, _| x * x) * product(|_, y| y * y)).sqrt()
}

/// Optical density for red light, which haematoxylin takes and eosin hardly: where the nuclei are.
fn red_density(image: &Image) -> Vec<f64> {
    let red = image.pixels.chunks_exact(3).map(|p| f64::from(p[0]));
    red.map(|r| -((r + 1.0) / 256.0).log10()).collect()
}

#[test]
fn stain_pairs_share_the_nuclei_and_change_the_colour() {
    for task in [PairTask::HeToKi67, PairTask::HeToHer2] {
        let mut before: Option<Vec<f64>> = None;
        for index in 0..25 {
            let sample = pair(task, Split::Train, 12, index);
            let (source, target) = (red_density(&sample.source), red_density(&sample.target));
            // Brown membranes take red light too, so that the strongest HER2 agrees least.
            let same = correlation(&source, &target);
            assert!(same > 0.25, "{task:?} {index}: correlation {same:.2}");
            if let Some(other) = before.replace(source) {
                let apart = correlation(&other, &target);
                assert!(
                    same > apart + 0.2,
                    "{task:?} {index}: {same:.2}, another tissue {apart:.2}"
                );
            }
            // Eosin takes green light and lets red pass; without it tissue is pale or blue.
            let pink = |image: &Image| {
                let pixels = image.pixels.chunks_exact(3);
                pixels.filter(|p| p[0] > p[1].saturating_add(40)).count()
            };
            let (pink_before, pink_after) = (pink(&sample.source), pink(&sample.target));
            assert!(
                pink_before > 1500 && pink_after < pink_before,
                "{task:?} {index}: {pink_before} then {pink_after} pink pixels"
            );
            let stain = sample.facts.iter().find(|f| f.key == "stain");
            let expected = if task == PairTask::HeToKi67 {
                "Ki-67"
            } else {
                "HER2"
            };
            assert_eq!(stain.map(|f| f.value.as_str()), Some(expected));
        }
    }
}

#[test]
fn the_class_of_a_stain_is_drawn_as_the_instruction_or_the_grade_says() {
    const SCORES: [&str; 4] = ["0", "1+", "2+", "3+"];
    let mut brown: [Vec<f64>; 4] = Default::default();
    for index in 0..80 {
        let sample = pair(PairTask::HeToHer2, Split::Train, 13, index);
        let fact = |key: &str| {
            let found = sample.facts.iter().find(|f| f.key == key);
            found.map(|f| f.value.as_str())
        };
        let score = fact("her2.severity").unwrap_or("0");
        assert!(sample.response.contains(&format!("score {score}.")));
        if sample.instruction.contains("score") {
            assert!(sample.instruction.contains(&format!("score {score}.")));
        } else {
            let usual = match fact("carcinoma.severity") {
                None => "0",
                Some("low-grade") => "1+",
                Some(_) => "3+",
            };
            assert_eq!(score, usual, "{index}");
        }
        // Brown lets more red light pass than blue light.
        let pixels = sample.target.pixels.chunks_exact(3);
        let excess = pixels.map(|p| f64::from(p[0].saturating_sub(p[2])));
        let class = SCORES.iter().position(|s| *s == score).expect("a score");
        brown[class].push(excess.sum::<f64>() / (SIDE * SIDE) as f64);
    }
    let means = brown.map(|v| v.iter().sum::<f64>() / v.len() as f64);
    assert!(
        means.windows(2).all(|pair| pair[1] > 1.2 * pair[0]),
        "brown by score: {means:.1?}"
    );
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
