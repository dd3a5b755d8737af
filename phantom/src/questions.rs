//! Questions and answers, balanced so that a guess without the image is right about half the time.

use std::sync::OnceLock;

use crate::english::{article, capital, join};
use crate::finding::{Finding, Kind, NUMBERS, Side};
use crate::modality::Modality;
use crate::qa::{Qa, Sheet, yes_no};
use crate::rng::Rng;
use crate::scene::{self, Scene};
use crate::split::Split;

/// The questions of a scene.
pub(crate) fn questions(scene: &Scene, rng: &mut Rng) -> Vec<Qa> {
    let mut sheet = Sheet {
        rng,
        list: Vec::new(),
    };
    modality(scene, &mut sheet);
    scene.ask(&mut sheet);
    abnormality(scene, &mut sheet);
    let kinds = scene.modality().kinds();
    for (kind, frequency) in kinds.iter().zip(frequencies(scene.modality())) {
        if !scene.can_show(kind) {
            continue;
        }
        let (present, absent) = (frequency.present, frequency.absent);
        let found = scene.findings().iter().find(|f| f.kind == kind);
        // A kind is there in a share p of the scenes; asking in p / (1 - p) of the others makes
        // yes and no equally frequent.
        if found.is_some() || sheet.rng.chance(present, absent) {
            let wordings = presence(kind);
            sheet.add(
                &wordings,
                yes_no(found.is_some()),
                "presence",
                kind.forms[0],
            );
        }
        if let Some(finding) = found {
            attributes(finding, frequency, &mut sheet);
        }
    }
    sheet.list
}

/// Scenes that frequencies are counted over.
const CENSUS: usize = 6000;

/// How many of [`CENSUS`] training scenes show a kind of finding.
#[derive(Clone, Copy, Debug, Default)]
struct Frequency {
    present: usize,
    /// How many could show it and do not.
    absent: usize,
    /// On the left, on the right, on both sides.
    sides: [usize; 3],
}

impl Frequency {
    /// The count of the rarest side that occurs.
    fn rarest_side(&self) -> usize {
        self.sides.into_iter().filter(|&n| n > 0).min().unwrap_or(0)
    }
}

/// Frequencies by kind. Counted rather than written down, because which pairs of findings are drawn
/// together decides them.
fn frequencies(modality: Modality) -> &'static [Frequency] {
    static COUNTS: [OnceLock<Vec<Frequency>>; Modality::ALL.len()] =
        [const { OnceLock::new() }; Modality::ALL.len()];
    COUNTS[modality as usize].get_or_init(|| {
        let kinds = modality.kinds();
        let mut counts = vec![Frequency::default(); kinds.len()];
        for index in 0..CENSUS as u64 {
            let (scene, _) = scene::sample(modality, Split::Train, 0xCE45, index);
            for (count, kind) in counts.iter_mut().zip(kinds) {
                if let Some(finding) = scene.findings().iter().find(|f| f.kind == kind) {
                    count.present += 1;
                    if let Some(side) = finding.side {
                        count.sides[side as usize] += 1;
                    }
                } else if scene.can_show(kind) {
                    count.absent += 1;
                }
            }
        }
        counts
    })
}

fn modality(scene: &Scene, sheet: &mut Sheet<'_>) {
    let modality = scene.modality();
    sheet.add_fixed(
        &[
            "What kind of image is this?",
            "Which modality is this?",
            "What type of image is this?",
            "What modality is this image?",
            "What sort of image is this?",
        ],
        modality.phrase(),
        "modality",
        "modality",
    );
    let asked = sheet.truth_or_other(modality, &Modality::ALL);
    let form = asked.traits().forms[0];
    let name = asked.phrase();
    let article = article(name);
    let wordings = [
        format!("Is this {article} {name}?"),
        format!("Is this image {article} {name}?"),
    ];
    sheet.add(&wordings, yes_no(asked == modality), "modality", form);
    sheet.add_fixed(
        &[
            "Which part of the body is this?",
            "What part of the body is shown?",
            "Which organ is shown?",
        ],
        scene.organ(),
        "organ",
        "organ",
    );
}

fn abnormality(scene: &Scene, sheet: &mut Sheet<'_>) {
    let [_, wrong, normal_form] = scene.modality().traits().forms;
    let mut names = Vec::new();
    for kind in scene.modality().kinds() {
        if let Some(finding) = scene.findings().iter().find(|f| f.kind == kind) {
            names.push(finding.label().to_owned());
        }
    }
    let answer = if names.is_empty() {
        "no abnormality".to_owned()
    } else {
        join(&names)
    };
    sheet.add_fixed(
        &[
            "What is abnormal?",
            "What is abnormal in this image?",
            "What is wrong here?",
            "Which abnormality is there?",
            "What abnormality do you see?",
        ],
        &answer,
        "abnormality",
        wrong,
    );
    // Three in ten are normal; three in seven of the others balance them.
    let normal = scene.findings().is_empty();
    if normal || sheet.rng.chance(3, 7) {
        let wordings = [
            "Is this image normal?",
            "Is this normal?",
            "Is everything normal?",
        ];
        sheet.add_fixed(&wordings, yes_no(normal), "presence", normal_form);
    }
}

/// Ways to ask whether a finding is there.
fn presence(kind: &Kind) -> Vec<String> {
    let name = kind.named();
    let verb = if kind.is_plural { "Are" } else { "Is" };
    let mut wordings = vec![
        format!("{verb} there {name}?"),
        format!("{verb} there {name}?"),
        format!("Do you see {name}?"),
        format!("Does this image show {name}?"),
    ];
    wordings.extend(kind.ask.iter().map(|q| (*q).to_owned()));
    wordings
}

/// Questions about side, size, place, number and severity.
fn attributes(finding: &Finding, frequency: &Frequency, sheet: &mut Sheet<'_>) {
    let kind = finding.kind;
    let forms = &kind.forms;
    let (name, verb) = (finding.bare(), finding.verb());
    if let Some(side) = finding.side {
        // Held-out combinations take some scenes of one side; asking less about the others keeps
        // the answers equally frequent.
        if sheet
            .rng
            .chance(frequency.rarest_side(), frequency.sides[side as usize])
        {
            sides(finding, side, sheet);
        }
    }
    if let Some(size) = finding.size {
        let one = kind.name;
        let wordings = [
            format!("How large is the {one}?"),
            format!("What is the size of the {one}?"),
            format!("Is the {one} small, moderate or large?"),
        ];
        sheet.add(&wordings, size, "size", forms[2]);
    }
    if let Some(place) = finding.place {
        let wordings = match place.rsplit(' ').next() {
            Some(part @ ("lobe" | "zone")) => vec![
                format!("Which {part} {verb} the {name} in?"),
                format!("In which {part} {verb} the {name}?"),
            ],
            _ => vec![
                format!("Where {verb} the {name}?"),
                format!("Where do you see the {name}?"),
            ],
        };
        sheet.add(&wordings, place, "location", forms[3]);
    }
    if let Some(count) = finding.count {
        let many = kind.plural;
        let wordings = [
            format!("How many {many} are there?"),
            format!("How many {many} do you see?"),
            format!("Count the {many}."),
        ];
        sheet.add(&wordings, NUMBERS[count], "count", forms[4]);
    }
    if let Some(severity) = finding.severity {
        let wordings = match severity {
            "low-grade" | "high-grade" => [
                format!("What is the grade of the {name}?"),
                format!("Is the {name} low-grade or high-grade?"),
            ],
            "intermediate" | "high" => [
                format!("How high is the {name}?"),
                format!("What is the level of the {name}?"),
            ],
            "1+" | "2+" | "3+" => [
                format!("What is the score of the {name}?"),
                format!("Which score does the {name} have?"),
            ],
            _ => [
                format!("How severe {verb} the {name}?"),
                format!("What is the severity of the {name}?"),
            ],
        };
        sheet.add(&wordings, severity, "severity", forms[5]);
    }
    if let Some(amount) = finding.amount {
        let wordings = [
            format!("Are there few or many {name}?"),
            format!("How many {name} are there, few or many?"),
        ];
        sheet.add(&wordings, amount, "count", forms[6]);
    }
}

fn sides(finding: &Finding, side: Side, sheet: &mut Sheet<'_>) {
    let kind = finding.kind;
    // The number of the name must not give away "both".
    let name = if side == Side::Both {
        kind.name
    } else {
        finding.bare()
    };
    let verb = if name == kind.name && !kind.is_plural {
        "is"
    } else {
        finding.verb()
    };
    let wordings = [
        format!("Which side {verb} the {name} on?"),
        format!("On which side {verb} the {name}?"),
        format!("{} the {name} on the left or on the right?", capital(verb)),
    ];
    sheet.add(&wordings, side.word(), "side", kind.forms[1]);
    if side != Side::Both {
        let wordings = [
            format!("{} the {name} on the left?", capital(verb)),
            format!("{} the {name} on the left side?", capital(verb)),
        ];
        sheet.add(&wordings, yes_no(side == Side::Left), "side", kind.forms[7]);
    }
}
