//! What a lesson says as a whole: images are there before they are used, and every case can be made.

use std::collections::{BTreeMap, BTreeSet};

use unimed_phantom::{Split, case_without_image};

use crate::blocks::{Block, CaseBlock, Content};
use crate::cases::{find_case, one_finding};
use crate::words::{modality, one_of};
use crate::{Lesson, LessonError};

/// Cases that are looked through for the facts that a modality has: the rarest comes once in a hundred.
const SAMPLES: u64 = 3000;

/// Checks that every case can be made and that the facts that are asked for exist.
///
/// # Errors
///
/// [`LessonError::Field`] of what the simulator does not have.
pub fn check(lesson: &Lesson) -> Result<(), LessonError> {
    let mut facts = Facts::default();
    let mut cases = BTreeMap::new();
    for content in contents(lesson) {
        match &content.block {
            Block::Case(case) => {
                facts.check_case(content.line, case)?;
                cases.insert(case.name.as_str(), case);
            }
            Block::Question(question) => {
                if let (Some(image), Some(fact)) = (&question.image, &question.fact)
                    && let Some(case) = cases.get(image.as_str())
                {
                    let known = facts.of(&case.modality, fact);
                    let Some(known) = known else {
                        return Err(facts.unknown(content.line, "question", case, fact));
                    };
                    let named = question.choices.iter().filter_map(|c| c.value.as_deref());
                    let named: BTreeSet<&str> = named.collect();
                    for value in &named {
                        if !known.contains(*value) {
                            let known = known.iter().map(String::as_str);
                            let what = one_of(known, value);
                            return Err(field(content.line, "choices", "question", what));
                        }
                    }
                    answerable(content.line, case, fact, &named)?;
                }
            }
            Block::Model(model) => {
                if let Some(fact) = &model.fact
                    && let Some(case) = cases.get(model.image.as_str())
                    && facts.of(&case.modality, fact).is_none()
                {
                    return Err(facts.unknown(content.line, "model", case, fact));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Checks that images are named once, before they are used, and are of a kind that can be used so.
pub(crate) fn names(lesson: &Lesson) -> Result<(), LessonError> {
    let mut cases: BTreeMap<&str, &CaseBlock> = BTreeMap::new();
    let mut others = BTreeSet::new();
    for Content { line, block } in contents(lesson) {
        let (of, named) = match block {
            Block::Case(case) => ("case", Some(&case.name)),
            Block::Picture(picture) => ("picture", Some(&picture.name)),
            Block::Make(make) => ("make", Some(&make.name)),
            _ => ("", None),
        };
        if let Some(name) = named {
            if name.is_empty()
                || cases.contains_key(name.as_str())
                || others.contains(name.as_str())
            {
                let what = format!("expected a name that no image before it has, found {name:?}");
                return Err(field(*line, "name", of, what));
            }
            if let Block::Case(case) = block {
                cases.insert(name, case);
            } else {
                others.insert(name.as_str());
            }
            continue;
        }
        let (of, image, truth) = match block {
            Block::Window(window) => ("window", Some(&window.image), false),
            Block::Mark(mark) => ("mark", Some(&mark.image), true),
            Block::Measure(measure) => ("measure", Some(&measure.image), true),
            Block::Question(question) => {
                ("question", question.image.as_ref(), question.fact.is_some())
            }
            Block::Model(model) => ("model", Some(&model.image), model.fact.is_some()),
            Block::Reveal(reveal) => ("reveal", Some(&reveal.image), true),
            Block::Compare(compare) => ("compare", compare.image.as_ref(), true),
            _ => continue,
        };
        let Some(image) = image else { continue };
        let case = cases.get(image.as_str());
        if case.is_none() && (truth || !others.contains(image.as_str())) {
            let what = if truth {
                one_of(cases.keys().copied(), image) + "; only a case has an exact truth"
            } else {
                one_of(cases.keys().copied().chain(others.iter().copied()), image)
            };
            return Err(field(*line, "image", of, what));
        }
        // What has no finding has no place.
        let placeless = |case: &&CaseBlock| {
            case.findings.is_empty() || case.findings.iter().any(|f| f == "none")
        };
        if matches!(
            block,
            Block::Mark(_) | Block::Measure(_) | Block::Compare(_)
        ) && case.copied().is_some_and(|case| placeless(&case))
        {
            let what = format!(
                "expected a case that always has a finding, found {image:?}, which may be normal; name its `findings` without `none`"
            );
            return Err(field(*line, "image", of, what));
        }
    }
    Ok(())
}

fn contents(lesson: &Lesson) -> impl Iterator<Item = &Content> {
    lesson.steps.iter().flat_map(|step| &step.contents)
}

fn field(line: usize, field: &str, of: &str, what: String) -> LessonError {
    LessonError::Field {
        line,
        field: field.to_owned(),
        of: format!("`{of}`"),
        what,
    }
}

/// Every answer that cases of this block can have is among the choices.
fn answerable(
    line: usize,
    case: &CaseBlock,
    fact: &str,
    named: &BTreeSet<&str>,
) -> Result<(), LessonError> {
    for seed in 0..24 {
        let Ok((found, _)) = find_case(case, seed) else {
            continue;
        };
        let value = found.facts.iter().find(|known| known.key == fact);
        let Some(value) = value else {
            let what = format!(
                "expected a fact that every case {:?} has, found {fact:?}; name the case's `findings`",
                case.name
            );
            return Err(field(line, "fact", "question", what));
        };
        if !named.contains(value.value.as_str()) {
            let what = format!(
                "expected a choice with the value {:?}, which the case can have, found none",
                value.value
            );
            return Err(field(line, "choices", "question", what));
        }
    }
    Ok(())
}

/// Facts and their values, by modality.
#[derive(Default)]
struct Facts(BTreeMap<String, BTreeMap<String, BTreeSet<String>>>);

impl Facts {
    /// The values of a fact.
    fn of(&mut self, name: &str, fact: &str) -> Option<&BTreeSet<String>> {
        self.all(name).get(fact)
    }

    fn all(&mut self, name: &str) -> &BTreeMap<String, BTreeSet<String>> {
        self.0.entry(name.to_owned()).or_insert_with(|| {
            let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            let Ok(modality) = modality(name) else {
                return all;
            };
            for index in 0..SAMPLES {
                for fact in case_without_image(modality, Split::Test, 1, index).facts {
                    all.entry(fact.key.to_owned())
                        .or_default()
                        .insert(fact.value);
                }
            }
            all
        })
    }

    fn check_case(&mut self, line: usize, case: &CaseBlock) -> Result<(), LessonError> {
        for (fact, value) in &case.facts {
            match self.of(&case.modality, fact) {
                None => return Err(self.unknown(line, "case", case, fact)),
                Some(known) if !known.contains(value) => {
                    let what = one_of(known.iter().map(String::as_str), value);
                    return Err(field(line, &format!("facts.{fact}"), "case", what));
                }
                Some(_) => {}
            }
        }
        let wanted = if case.findings.is_empty() {
            vec![None]
        } else {
            case.findings.iter().map(Some).collect()
        };
        for finding in wanted {
            if let Err(error) = one_finding(case, finding.map(String::as_str), 1) {
                return Err(field(line, "facts", "case", error.to_string()));
            }
        }
        Ok(())
    }

    fn unknown(&mut self, line: usize, of: &str, case: &CaseBlock, fact: &str) -> LessonError {
        let known = self.all(&case.modality).keys().map(String::as_str);
        let what = one_of(known, fact);
        field(line, if of == "case" { "facts" } else { "fact" }, of, what)
    }
}
