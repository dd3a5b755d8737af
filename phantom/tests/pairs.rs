//! Pairs and comparisons: two pictures of one scene differ only where, and only as, the words say.

use std::collections::{BTreeMap, HashSet};

use unimed_phantom::{
    AnswerKind, ComparisonTask, Image, Modality, PairFamily, PairTask, SIDE, Split, comparison,
    comparison_without_images, pair,
};

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

/// Optical density of red, green and blue of one unit of dye (Ruifrok and Johnston 2001).
const HAEMATOXYLIN: [f64; 3] = [0.65, 0.70, 0.29];
const EOSIN: [f64; 3] = [0.07, 0.99, 0.11];
const DAB: [f64; 3] = [0.27, 0.57, 0.78];

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    let at = |i: usize, j: usize| a[i] * b[j] - a[j] * b[i];
    [at(1, 2), at(2, 0), at(0, 1)]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Haematoxylin in each pixel beside another dye: where the nuclei are. What neither dye explains
/// points across both, so it falls out.
fn haematoxylin(image: &Image, other: [f64; 3]) -> Vec<f64> {
    let normal = cross(other, cross(HAEMATOXYLIN, other));
    let unit = dot(normal, HAEMATOXYLIN);
    let pixels = image.pixels.chunks_exact(3);
    pixels
        .map(|p| {
            let density = [p[0], p[1], p[2]].map(|v| -((f64::from(v) + 1.0) / 256.0).log10());
            dot(normal, density) / unit
        })
        .collect()
}

#[test]
fn stain_pairs_share_the_nuclei_and_change_the_colour() {
    for task in [PairTask::HeToKi67, PairTask::HeToHer2] {
        let mut before: Option<Vec<f64>> = None;
        for index in 0..25 {
            let sample = pair(task, Split::Train, 12, index);
            let source = haematoxylin(&sample.source, EOSIN);
            let target = haematoxylin(&sample.target, DAB);
            let same = correlation(&source, &target);
            assert!(same > 0.3, "{task:?} {index}: correlation {same:.2}");
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
