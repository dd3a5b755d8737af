//! A caption of a real picture, and a request that it would fulfil, from the fields of its line and in the simulator's words.

use unimed_core::paint::Mt19937;
use unimed_phantom::Modality;

use super::{
    asked::{TUMOURS, american, organ, place_and_size, with_article},
    record::{Frame, Record},
    words::{PLANE, PROJECTION, SEQUENCE, SIDE, STAIN, VIEW, WINDOW},
};
use crate::data::below;

/// What is said of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentences {
    /// `Endoscopy image showing a large polyp in the upper left.`
    pub(crate) caption: String,
    /// `Make a colonoscopy image with a polyp.`
    pub(crate) request: String,
}

/// Caption and request of a picture, in which `frame` is where its finding lies and which may be `mirrored`; `None` for
/// pictures of other kinds.
pub(crate) fn sentences(
    record: &Record,
    frame: Option<Frame>,
    mirrored: bool,
    rng: &mut Mt19937,
) -> Option<Sentences> {
    let modality = record.modality?;
    let findings = findings(record, frame);
    // Of a fetal head nothing is known but that it is one.
    let mut names = record.findings.keys().map(|name| american(name));
    let told = names.any(|name| organ(record).as_ref() != Some(&name));
    let mut lead = || lead(record, modality, mirrored, rng);
    let (first, second) = (lead(), lead());
    Some(Sentences {
        caption: caption(&first, &findings, told, rng),
        request: request(&second, &findings, told, rng),
    })
}

/// Whether the mask of a picture shows a finding that its sentences name.
pub(crate) fn shown_by_mask(record: &Record) -> bool {
    let names = record.mask.as_ref().map(|(_, what)| what);
    names.is_some_and(|what| {
        record.findings.get(what) == Some(&true) && organ(record) != Some(american(what))
    })
}

fn caption(lead: &str, findings: &[String], told: bool, rng: &mut Mt19937) -> String {
    if findings.is_empty() {
        return match (told, below(rng, 2)) {
            (false, _) => format!("{}.", capital(lead)),
            (true, 0) => format!("{} with no abnormality.", capital(lead)),
            (true, _) => format!("Normal {lead}."),
        };
    }
    let verb = ["showing", "with"][below(rng, 2)];
    format!("{} {verb} {}.", capital(lead), findings.join(" and "))
}

fn request(lead: &str, findings: &[String], told: bool, rng: &mut Mt19937) -> String {
    let verb = ["Make", "Make", "Create", "Generate", "Draw", "Show me"][below(rng, 6)];
    let article = if starts_with_vowel(lead) { "an" } else { "a" };
    if findings.is_empty() {
        return match (told, below(rng, 2)) {
            (false, _) => format!("{verb} {article} {lead}."),
            (true, 0) => format!("{verb} a normal {lead}."),
            (true, _) => format!("{verb} {article} {lead} with no abnormality."),
        };
    }
    let list = findings.join(" and ");
    match below(rng, 4) {
        0 => format!("{} {lead} with {list}.", capital(article)),
        1 => format!("{verb} {article} {lead} with {list}."),
        _ => format!("{verb} {article} {lead} showing {list}."),
    }
}

/// What kind of image it is, as far as the fields tell.
fn lead(record: &Record, modality: Modality, mirrored: bool, rng: &mut Mt19937) -> String {
    let mut pick = |forms: &[String]| forms[below(rng, forms.len())].clone();
    let organ = organ(record);
    let of_organ = organ
        .as_ref()
        .map_or_else(String::new, |organ| format!(" of the {organ}"));
    // The eye of a mirrored picture is the other one.
    let eye = record.word(&SIDE).map_or_else(String::new, |side| {
        let side = match side {
            "left" if mirrored => "right",
            "right" if mirrored => "left",
            same => same,
        };
        format!(" of the {side} eye")
    });
    let before = |word: Option<&str>| word.map_or_else(String::new, |word| format!("{word} "));
    match modality {
        Modality::ChestXray => {
            let view = before(record.word(&PROJECTION).or_else(|| record.word(&VIEW)));
            pick(&[
                "chest X-ray".into(),
                format!("{view}chest X-ray"),
                "X-ray of the chest".into(),
            ])
        }
        Modality::BrainMri => {
            let sequence = before(record.word(&SEQUENCE));
            let plane = before(record.word(&PLANE));
            pick(&[
                format!("{sequence}brain MRI"),
                format!("{plane}{sequence}brain MRI"),
                format!("{plane}{sequence}MRI of the brain"),
            ])
        }
        Modality::Ct => {
            let plane = before(record.word(&PLANE));
            let window = record.word(&WINDOW);
            let window = window.map_or_else(String::new, |window| format!(" in the {window}"));
            pick(&[
                format!("{plane}CT scan{of_organ}"),
                format!("CT scan{of_organ}{window}"),
                format!("{plane}CT scan{of_organ}{window}"),
            ])
        }
        Modality::Ultrasound => {
            let organ = organ.map_or_else(String::new, |organ| format!("{organ} "));
            pick(&[
                format!("ultrasound image{of_organ}"),
                format!("ultrasound{of_organ}"),
                format!("{organ}ultrasound"),
            ])
        }
        Modality::Histopathology => {
            let stain = before(record.word(&STAIN));
            pick(&[
                format!("{stain}histopathology image"),
                format!("{stain}section{of_organ}"),
                format!("{stain}histopathology image{of_organ}"),
            ])
        }
        Modality::Endoscopy => pick(&[
            "endoscopy image".into(),
            format!("endoscopy image{of_organ}"),
            format!("endoscopic view{of_organ}"),
        ]),
        Modality::Fundus => pick(&[
            format!("fundus photograph{eye}"),
            format!("color fundus photograph{eye}"),
            format!("retinal photograph{eye}"),
        ]),
        Modality::Oct => pick(&[format!("OCT scan{eye}"), format!("macular OCT scan{eye}")]),
        _ => modality.phrase().to_owned(),
    }
}

/// What is there, as noun phrases, with size and place where a frame tells them.
fn findings(record: &Record, frame: Option<Frame>) -> Vec<String> {
    let there = |name: &str| record.findings.get(name).copied();
    let mut kinds = TUMOURS
        .iter()
        .filter(|(label, _)| record.labels.iter().any(|own| own == label));
    let kind = match (kinds.next(), kinds.next(), there("malignant")) {
        (Some((_, kind)), None, _) => Some((*kind).to_owned()),
        (_, _, Some(malignant)) => Some(format!(
            "{} tumor",
            if malignant { "malignant" } else { "benign" }
        )),
        _ => None,
    };
    record
        .findings
        .iter()
        .filter(|(name, there)| **there && *name != "malignant")
        .map(|(name, _)| american(name))
        // A fetal head is what the picture is of, not what is wrong in it.
        .filter(|spoken| organ(record).as_ref() != Some(spoken))
        .map(|spoken| {
            let noun = match &kind {
                Some(kind) if spoken == "tumor" => kind.clone(),
                _ => spoken.clone(),
            };
            match place_and_size(record, frame, &spoken) {
                Some((size, place)) => {
                    let place = place.map_or_else(String::new, |place| format!(" {place}"));
                    format!("a {size} {noun}{place}")
                }
                None => with_article(&noun),
            }
        })
        .collect()
}

/// First letter in upper case.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// By the sound that the first word begins with.
fn starts_with_vowel(text: &str) -> bool {
    let vowel = text.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']);
    vowel || text.starts_with("X-") || text.starts_with("H&E") || text.starts_with("ultra")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::{
        data::sample_rng,
        pictures::{
            Folder,
            made::{Made, line},
        },
    };

    /// All captions and requests of a line with these fields.
    fn said(name: &str, fields: serde_json::Value, mirrored: bool) -> BTreeSet<String> {
        let made = Made::new(name);
        made.picture("a.png", (32, 32), [90; 3], [4, 4, 12, 12]);
        made.picture("mask.png", (32, 32), [0; 3], [4, 4, 12, 12]);
        made.index(&[line("a.png", fields)]);
        let folder = Folder::open(made.path()).expect("sound");
        let record = &folder.records[0];
        let frame = record.frame.map(|frame| Frame {
            x0: 1.0 - frame.x1,
            x1: 1.0 - frame.x0,
            ..frame
        });
        let frame = if mirrored { frame } else { record.frame };
        (0..400)
            .filter_map(|index| sentences(record, frame, mirrored, &mut sample_rng(1, index)))
            .flat_map(|said| [said.caption, said.request])
            .collect()
    }

    #[test]
    fn captions_and_requests_name_what_the_fields_tell() {
        let chest = said(
            "said-chest",
            json!({"modality": "chest-xray", "view": "pa", "findings": {"pneumonia": true}}),
            false,
        );
        assert!(
            chest.contains("Make a PA chest X-ray showing pneumonia."),
            "{chest:?}"
        );
        assert!(chest.contains("Chest X-ray with pneumonia."), "{chest:?}");
        assert!(
            chest.contains("An X-ray of the chest with pneumonia."),
            "{chest:?}"
        );
        let normal = said(
            "said-normal",
            json!({"modality": "ultrasound", "anatomy": "breast", "findings": {"tumour": false, "malignant": false}}),
            false,
        );
        assert!(normal.contains("Normal breast ultrasound."), "{normal:?}");
        assert!(
            normal.contains("Draw an ultrasound of the breast with no abnormality."),
            "{normal:?}"
        );
        let brain = said(
            "said-brain",
            json!({"modality": "brain-mri", "plane": "coronal", "sequence": "t1 contrast-enhanced",
                "labels": ["glioma"], "findings": {"tumour": true}}),
            false,
        );
        assert!(
            brain.contains("Make a coronal contrast-enhanced T1 brain MRI showing a glioma."),
            "{brain:?}"
        );
        // Nothing is told of findings, so it is not called normal.
        let section = said(
            "said-section",
            json!({"modality": "histopathology", "stain": "h&e"}),
            false,
        );
        assert!(section.contains("Make an H&E section."), "{section:?}");
        assert!(
            section.iter().all(|said| !said.contains("ormal")),
            "{section:?}"
        );
    }

    #[test]
    fn places_and_eyes_follow_the_mirror_and_other_kinds_are_not_described() {
        let fields = json!({"modality": "endoscopy", "organ": "colon", "findings": {"polyp": true},
            "mask": "mask.png", "mask_of": "polyp", "box": [0.1, 0.1, 0.3, 0.3]});
        let straight = said("said-polyp", fields.clone(), false);
        let mirrored = said("said-mirrored", fields, true);
        let polyp = |side: &str| {
            format!(
                "Make an endoscopy image of the colon showing a small polyp in the upper {side}."
            )
        };
        assert!(
            straight.contains(&polyp("left")) && !straight.contains(&polyp("right")),
            "{straight:?}"
        );
        assert!(
            mirrored.contains(&polyp("right")) && !mirrored.contains(&polyp("left")),
            "{mirrored:?}"
        );
        let eye = said(
            "said-eye",
            json!({"modality": "fundus", "side": "left"}),
            true,
        );
        assert!(
            eye.contains("Fundus photograph of the right eye."),
            "{eye:?}"
        );
        assert!(
            said(
                "said-other",
                json!({"modality": null, "kind": "other"}),
                false
            )
            .is_empty()
        );
    }
}
