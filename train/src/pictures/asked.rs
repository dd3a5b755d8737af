//! What can be asked about a picture, by one table from the fields of its line. Training and evaluation ask the same.

use unimed_phantom::Modality;

use super::{
    record::{Frame, Record},
    words::{PLANE, PROBE, PROJECTION, SEQUENCE, SIDE, STAIN, VIEW, WINDOW, Words},
};
use crate::unknown::Reason;

/// A middle that is nearer to an axis than this, as a part of the side, lies in no quadrant.
const ON_AN_AXIS: f64 = 0.05;
/// What covers less of the picture is small, what covers more is large.
const SIZES: [f64; 2] = [0.05, 0.15];

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// The kind of image.
    Modality,
    /// Organ, view, plane, window, stain, probe, side, sequence.
    Attribute,
    /// Whether there is a disease, and which; comparable within one source only.
    Finding,
    /// Where and how large.
    Place,
}

/// A question with its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What it is about.
    pub topic: Topic,
    /// Name of the question: `modality`, `organ`, `busi/lesion`.
    pub key: String,
    /// Ways to ask; evaluation takes the first.
    pub wordings: Vec<String>,
    /// The right answer.
    pub answer: String,
}

impl Asked {
    /// The questions of a place, for a finding that lies in another one than the record says.
    pub(crate) fn moved(record: &Record, frame: Option<Frame>) -> Vec<Self> {
        let mut list = Vec::new();
        places(
            &Record {
                frame,
                ..record.clone()
            },
            &mut list,
        );
        list
    }

    fn new(
        topic: Topic,
        key: impl Into<String>,
        wordings: &[&str],
        answer: impl Into<String>,
    ) -> Self {
        Self {
            topic,
            key: key.into(),
            wordings: wordings.iter().map(|&wording| wording.to_owned()).collect(),
            answer: answer.into(),
        }
    }
}

/// Everything that the fields of a record answer.
#[must_use]
pub fn asked(record: &Record) -> Vec<Asked> {
    let other = Reason::OtherKind.sentence();
    let kind = record.modality.map_or(other, Modality::phrase);
    let mut list = vec![Asked::new(
        Topic::Modality,
        "modality",
        &[
            "What kind of image is this?",
            "Which modality is this?",
            "What type of image is this?",
            "What modality is this image?",
            "What sort of image is this?",
        ],
        kind,
    )];
    class(record, &mut list);
    if record.modality.is_none() {
        return list;
    }
    attributes(record, &mut list);
    findings(record, &mut list);
    places(record, &mut list);
    list
}

/// Key, list of words and wordings of an attribute.
type Attribute = (&'static str, Words, &'static [&'static str]);

/// All attributes with a closed list of words, but for the side, whose words depend on the modality.
pub(crate) const ATTRIBUTES: [Attribute; 7] = [
    (
        "view",
        VIEW,
        &[
            "Which view is this?",
            "Is this a frontal or a lateral view?",
        ],
    ),
    (
        "projection",
        PROJECTION,
        &[
            "Is this an AP or a PA projection?",
            "Which projection is this?",
        ],
    ),
    (
        "plane",
        PLANE,
        &[
            "Which plane is this?",
            "Is this an axial, a coronal or a sagittal slice?",
        ],
    ),
    (
        "window",
        WINDOW,
        &[
            "Which window is this?",
            "Which CT window is this?",
            "What is the window?",
        ],
    ),
    (
        "stain",
        STAIN,
        &[
            "Which stain is this?",
            "What stain is this?",
            "What is the stain?",
        ],
    ),
    (
        "probe",
        PROBE,
        &["Which probe was used?", "What kind of probe was used?"],
    ),
    (
        "sequence",
        SEQUENCE,
        &[
            "Which sequence is this?",
            "Which MRI sequence is this?",
            "How is this MRI weighted?",
        ],
    ),
];

fn attributes(record: &Record, list: &mut Vec<Asked>) {
    if let Some(organ) = organ(record) {
        let wordings = [
            "Which part of the body is this?",
            "What part of the body is shown?",
            "Which organ is shown?",
        ];
        list.push(Asked::new(Topic::Attribute, "organ", &wordings, organ));
    }
    for (key, words, wordings) in ATTRIBUTES {
        if let Some(answer) = record.word(&words) {
            list.push(Asked::new(Topic::Attribute, key, wordings, answer));
        }
    }
    let eye = matches!(record.modality, Some(Modality::Fundus | Modality::Oct));
    if let Some(side) = record.word(&SIDE) {
        let wordings: &[&str] = if eye {
            &[
                "Which eye is this?",
                "Is this the left or the right eye?",
                "Is this a left eye or a right eye?",
            ]
        } else {
            &["Which side is this?", "Is this the left or the right side?"]
        };
        list.push(Asked::new(
            Topic::Attribute,
            if eye { "eye" } else { "side" },
            wordings,
            side,
        ));
    }
}

/// The part of the body: as the index names it, else as the modality implies it.
pub(super) fn organ(record: &Record) -> Option<String> {
    let named = record.organ.as_deref().or(record.anatomy.as_deref());
    if let Some(named) = named {
        // "fetal head, standard plane": what follows the comma is not the organ.
        return named.split(',').next().map(|name| american(name.trim()));
    }
    let implied = match record.modality? {
        Modality::ChestXray => "chest",
        Modality::BrainMri => "brain",
        Modality::Fundus | Modality::Oct => "eye",
        Modality::Ct if record.lung_in_slice == Some(true) => "chest",
        _ => return None,
    };
    Some(implied.to_owned())
}

/// The class that the source sorts its pictures into.
fn class(record: &Record, list: &mut Vec<Asked>) {
    if let Some(class) = &record.class {
        let key = format!("{}/class", record.source);
        let wordings = [
            "Which class is this?",
            "To which class does this image belong?",
        ];
        list.push(Asked::new(Topic::Finding, key, &wordings, class));
    }
}

/// Labels that name a kind of brain tumour, and the answers.
pub(super) const TUMOURS: [(&str, &str); 3] = [
    ("glioma", "glioma"),
    ("meningioma", "meningioma"),
    ("pituitary tumour", "pituitary tumor"),
];

fn findings(record: &Record, list: &mut Vec<Asked>) {
    let key = |name: &str| format!("{}/{name}", record.source);
    let mut named = TUMOURS
        .iter()
        .filter(|(label, _)| record.labels.iter().any(|own| own == label));
    if let (Some((_, answer)), None) = (named.next(), named.next()) {
        let wordings = ["Which tumor is this?", "What kind of tumor is this?"];
        list.push(Asked::new(
            Topic::Finding,
            key("tumor kind"),
            &wordings,
            *answer,
        ));
    }
    let there = |name: &str| record.findings.get(name).copied();
    if let (Some(tumour), Some(malignant)) = (there("tumour"), there("malignant")) {
        let answer = match (tumour, malignant) {
            (false, _) => "normal",
            (true, false) => "benign tumor",
            (true, true) => "malignant tumor",
        };
        let wordings = [
            "Is this normal, a benign tumor or a malignant tumor?",
            "Is there a benign tumor, a malignant tumor, or is this normal?",
        ];
        list.push(Asked::new(Topic::Finding, key("lesion"), &wordings, answer));
        if tumour {
            let wordings = [
                "Is the tumor benign or malignant?",
                "Does the tumor look benign or malignant?",
            ];
            let answer = if malignant { "malignant" } else { "benign" };
            list.push(Asked::new(
                Topic::Finding,
                key("malignancy"),
                &wordings,
                answer,
            ));
        }
    }
    for (name, &there) in record
        .findings
        .iter()
        .filter(|(name, _)| *name != "malignant")
    {
        let spoken = american(name);
        let noun = with_article(&spoken);
        let verb = if is_plural(&spoken) { "Are" } else { "Is" };
        let wordings = [
            format!("{verb} there {noun}?"),
            format!("Do you see {noun}?"),
            format!("Does this image show {noun}?"),
        ];
        list.push(Asked {
            topic: Topic::Finding,
            key: key(name),
            wordings: wordings.into(),
            answer: if there { "yes" } else { "no" }.into(),
        });
    }
}

fn places(record: &Record, list: &mut Vec<Asked>) {
    let (Some(frame), Some(name)) = (record.frame, subject(record)) else {
        return;
    };
    if let Some(quadrant) = quadrant(&frame) {
        let wordings = [
            format!("Where is the {name}?"),
            format!("Where do you see the {name}?"),
        ];
        list.push(Asked {
            topic: Topic::Place,
            key: format!("place/{name}"),
            wordings: wordings.into(),
            answer: quadrant.into(),
        });
    }
    let wordings = [
        format!("How large is the {name}?"),
        format!("Is the {name} small, moderate or large?"),
    ];
    list.push(Asked {
        topic: Topic::Place,
        key: format!("size/{name}"),
        wordings: wordings.into(),
        answer: size(&frame).into(),
    });
}

/// How large a finding is and in which quadrant it lies, if the frame is around it.
pub(super) fn place_and_size(
    record: &Record,
    frame: Option<Frame>,
    name: &str,
) -> Option<(&'static str, Option<&'static str>)> {
    let frame = frame.filter(|_| subject(record).as_deref() == Some(name))?;
    Some((size(&frame), quadrant(&frame)))
}

/// What the frame is around: what the mask is of, or the only finding.
fn subject(record: &Record) -> Option<String> {
    if let Some((_, what)) = &record.mask {
        return Some(american(what));
    }
    let mut there = record.findings.iter().filter(|(_, there)| **there);
    match (there.next(), there.next()) {
        (Some((name, _)), None) => Some(american(name)),
        _ => None,
    }
}

/// The quadrant of a frame's middle, in the simulator's words; `None` where it is too near to an axis to be asked for.
fn quadrant(frame: &Frame) -> Option<&'static str> {
    let (x, y) = frame.middle();
    if (x - 0.5).abs() < ON_AN_AXIS || (y - 0.5).abs() < ON_AN_AXIS {
        return None;
    }
    Some(match (x < 0.5, y < 0.5) {
        (true, true) => "in the upper left",
        (false, true) => "in the upper right",
        (true, false) => "in the lower left",
        (false, false) => "in the lower right",
    })
}

/// How much of the picture a frame takes.
fn size(frame: &Frame) -> &'static str {
    let area = frame.area();
    match SIZES.iter().filter(|&&size| area > size).count() {
        0 => "small",
        1 => "moderate",
        _ => "large",
    }
}

/// A name in the spelling of the simulator's language.
pub(super) fn american(name: &str) -> String {
    let name = name
        .replace("tumour", "tumor")
        .replace("oedema", "edema")
        .replace("haem", "hem");
    match name.as_str() {
        "covid-19" => "COVID-19".into(),
        "a-lines" => "A-lines".into(),
        "b-lines" => "B-lines".into(),
        _ => name,
    }
}

fn is_plural(name: &str) -> bool {
    name.ends_with('s') && !name.ends_with("ss") && !name.ends_with("sis") && !name.ends_with("us")
}

/// `a tumor`, `an effusion`, and no article for plurals and what is not counted.
pub(super) fn with_article(name: &str) -> String {
    const UNCOUNTED: [&str; 7] = [
        "pneumonia",
        "consolidation",
        "retinopathy",
        "edema",
        "COVID-19",
        "tuberculosis",
        "cardiomegaly",
    ];
    if is_plural(name) || UNCOUNTED.iter().any(|mass| name.ends_with(mass)) {
        name.to_owned()
    } else if name.starts_with(['a', 'e', 'i', 'o']) {
        format!("an {name}")
    } else {
        format!("a {name}")
    }
}
