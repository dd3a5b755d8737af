//! Cases that a lesson asks for, found among those that the simulator makes.

use thiserror::Error;
use unimed_phantom::{
    Case, FindingMask, Image, Modality, Pair, Split, case_without_image, located_case, pair,
    without_finding,
};

use crate::blocks::CaseBlock;
use crate::words;

/// Scenes that are looked through for one that fits, without being drawn: 20 000 take a fifth of a second.
const TRIES: u64 = 20_000;

/// Cases of lessons come from the split that no model of this project is trained on.
const SPLIT: Split = Split::Test;

/// Why a case cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CaseError {
    /// A name that the simulator does not know.
    #[error("{0}")]
    Unknown(String),
    /// No scene is like that.
    #[error(
        "expected facts that go together, found none in {TRIES} cases with the finding {finding} and the facts {facts}; ask for less"
    )]
    NotFound {
        /// The finding.
        finding: String,
        /// The facts.
        facts: String,
    },
    /// The case has no such finding.
    #[error("expected a case with a finding, found a normal one")]
    Normal,
}

/// A case with its exact truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The case.
    pub case: Case,
    /// Where its findings are.
    pub masks: Vec<FindingMask>,
    /// The index that makes it again, with the seed.
    pub index: u64,
}

/// Two images and what is between them.
pub type MadePair = Pair;

/// Makes a case of a block from a seed: another seed, another case.
///
/// # Errors
///
/// [`CaseError`].
pub fn make_case(block: &CaseBlock, seed: u64) -> Result<Made, CaseError> {
    let (case, index) = find_case(block, seed)?;
    let (case, masks) = located_case(case.modality, SPLIT, seed, index);
    Ok(Made { case, masks, index })
}

/// The same case without its main finding, on the same noise.
///
/// # Errors
///
/// [`CaseError::Normal`] where it has none.
pub fn without(made: &Made, seed: u64) -> Result<Image, CaseError> {
    let finding = made.case.finding.ok_or(CaseError::Normal)?;
    without_finding(made.case.modality, SPLIT, seed, made.index, finding).ok_or(CaseError::Normal)
}

/// A pair of the simulator from a seed.
///
/// # Errors
///
/// [`CaseError::Unknown`].
pub fn make_pair(change: &str, seed: u64) -> Result<MadePair, CaseError> {
    let task = words::task(change).map_err(CaseError::Unknown)?;
    Ok(pair(task, SPLIT, seed, 0))
}

/// The case without its picture, and its index.
pub(crate) fn find_case(block: &CaseBlock, seed: u64) -> Result<(Case, u64), CaseError> {
    let count = block.findings.len() as u64;
    let finding = (count > 0).then(|| block.findings[((seed >> 7) % count) as usize].as_str());
    one_finding(block, finding, seed)
}

/// The first scene of a seed with this finding alone, `none` or any, and the block's facts.
pub(crate) fn one_finding(
    block: &CaseBlock,
    finding: Option<&str>,
    seed: u64,
) -> Result<(Case, u64), CaseError> {
    let modality = words::modality(&block.modality).map_err(CaseError::Unknown)?;
    let names = modality.findings();
    let counts = |key: &str| {
        // A fact of a finding counts where it was drawn.
        let of = key.split('.').next().unwrap_or(key);
        !names.contains(&of) || finding.is_none_or(|finding| finding == of)
    };
    let fits = |case: &Case| {
        let has =
            |key: &str, value: &str| case.facts.iter().any(|f| f.key == key && f.value == value);
        is_only(case, modality, finding)
            && block
                .facts
                .iter()
                .all(|(key, value)| !counts(key) || has(key, value))
    };
    (0..TRIES)
        .map(|index| (case_without_image(modality, SPLIT, seed, index), index))
        .find(|(case, _)| fits(case))
        .ok_or_else(|| CaseError::NotFound {
            finding: finding.unwrap_or("any").to_owned(),
            facts: format!("{:?}", block.facts),
        })
}

/// Whether a case shows this finding and no other.
fn is_only(case: &Case, modality: Modality, finding: Option<&str>) -> bool {
    let Some(finding) = finding else { return true };
    let present = |name: &&str| {
        let key = format!("{name}.present");
        case.facts
            .iter()
            .any(|fact| fact.key == key && fact.value == "yes")
    };
    let shown: Vec<&str> = modality.findings().into_iter().filter(present).collect();
    match finding {
        "none" => shown.is_empty(),
        _ => shown == [finding],
    }
}
