//! Real pictures: how many modalities the model names right (`tests/images/board.json`).
//!
//! Nothing of the board is ever trained on. The set `tuning` may be looked at while the simulator is
//! tuned, the set `report` is only reported. So few pictures give an interval, not a number.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use unimed_core::context::Context;
use unimed_imaging::{Excerpt, RgbImage};
use unimed_package::host::NoopHost;
use unimed_phantom::Modality;

use super::{
    board_scores::{BoardAnswer, BoardScores, BoardSet},
    loaded::Loaded,
    report::Report,
    wilson::wilson,
};
use crate::TrainError;

/// The pictures, as they were fixed before the first training.
const BOARD: &str = include_str!("../../../tests/images/board.json");
/// What is asked about each: the first of the simulator's wordings.
const QUESTION: &str = "What kind of image is this?";
/// Longest answer; the longest right one has about 10 tokens.
const MAX_TOKENS: usize = 40;

/// What this module needs of `board.json`.
#[derive(Debug, Deserialize)]
struct Board {
    pictures: Vec<Picture>,
}

#[derive(Debug, Deserialize)]
struct Picture {
    id: String,
    modality: String,
    set: BoardSet,
    package: PathBuf,
    file: PathBuf,
    sha256: String,
    show: Excerpt,
}

impl Picture {
    /// The modality by its key.
    fn modality(&self) -> Result<Modality, TrainError> {
        let known = Modality::ALL
            .into_iter()
            .find(|modality| modality.key() == self.modality);
        known.ok_or_else(|| TrainError::Value {
            what: "a modality in tests/images/board.json",
            found: format!("{:?} ({})", self.modality, self.id),
            expected: Modality::ALL.map(Modality::key).join(", "),
        })
    }

    /// The picture from the folder of fetched packages; its file must be the pinned one.
    fn read(&self, fetched: &Path) -> Result<RgbImage, TrainError> {
        let wrong = |found: String| TrainError::Value {
            what: "a picture of the board",
            found: format!("{} ({found})", self.id),
            expected: "one whose file `cargo xtask fixtures` has fetched; run that, or name the \
                       folder that it prints with --board=FOLDER"
                .into(),
        };
        let path = fetched.join(&self.package).join(&self.file);
        let bytes =
            fs::read(&path).map_err(|error| wrong(format!("{}: {error}", path.display())))?;
        let digest = Sha256::digest(&bytes);
        let found: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        if found != self.sha256 {
            return Err(wrong(format!("{}: SHA-256 {found}", path.display())));
        }
        // The name is for messages only.
        let name = self.file.to_string_lossy();
        self.show
            .read(&name, &bytes)
            .map_err(|error| wrong(format!("{}: {error}", path.display())))
    }
}

/// The committed board.
fn board() -> Result<Board, TrainError> {
    serde_json::from_str(BOARD).map_err(|error| TrainError::Value {
        what: "tests/images/board.json",
        found: error.to_string(),
        expected: "pictures with id, modality, set, package, file, sha256 and show".into(),
    })
}

impl Loaded {
    /// The greedy answer about a picture of any size, through the engine as the page uses it.
    fn name_modality(&self, image: RgbImage) -> Result<String, TrainError> {
        let mut options = self.engine.info().defaults.ask.clone();
        options.temperature = None;
        options.max_tokens = MAX_TOKENS;
        let answer = pollster::block_on(self.engine.ask(
            &[image],
            QUESTION,
            &options,
            &NoopHost::new(),
            &mut |_| {},
        ))?;
        Ok(answer.text.trim().to_owned())
    }
}

/// Asks about every picture whose package lies in `fetched`.
pub(super) fn measure(
    loaded: &Loaded,
    fetched: &Path,
    report: &mut Report,
    note: &mut dyn FnMut(&str),
) -> Result<(), TrainError> {
    let blind = loaded.answer(&Context::default(), QUESTION, MAX_TOKENS)?;
    let mut scores = BoardScores::default();
    for picture in board()?.pictures {
        let modality = picture.modality()?;
        let answer = loaded.name_modality(picture.read(fetched)?)?;
        let right = answer == modality.phrase();
        let share = match picture.set {
            BoardSet::Tuning => &mut scores.tuning,
            BoardSet::Report => &mut scores.report,
        };
        share.n += 1;
        share.right += u64::from(right);
        share.blind += u64::from(blind.trim() == modality.phrase());
        scores.by_picture.push(BoardAnswer {
            id: picture.id,
            set: picture.set,
            modality: modality.key(),
            answer,
            right,
        });
    }
    for share in [&mut scores.tuning, &mut scores.report] {
        (share.low, share.high) = wilson(share.right, share.n);
    }
    note(&format!(
        "board: {} of {} and {} of {} modalities named",
        scores.tuning.right, scores.tuning.n, scores.report.right, scores.report.n
    ));
    report.board = Some(scores);
    Ok(())
}

#[cfg(test)]
mod tests {
    use unimed_phantom::{Split, case_without_image};

    use super::*;

    #[test]
    fn the_board_names_modalities_that_the_simulator_knows_and_asks_in_its_words() {
        let pictures = board().expect("committed").pictures;
        let count = |set| pictures.iter().filter(|picture| picture.set == set).count();
        assert_eq!((count(BoardSet::Tuning), count(BoardSet::Report)), (10, 15));
        for picture in &pictures {
            let modality = picture.modality().expect("committed");
            let asked = (0..60).any(|index| {
                let case = case_without_image(modality, Split::Train, 1, index);
                let mut qa = case.qa.iter();
                qa.any(|qa| qa.question == QUESTION && qa.answer == modality.phrase())
            });
            assert!(asked, "{}", picture.id);
        }
    }

    #[test]
    fn a_picture_that_was_not_fetched_says_what_to_do() {
        let pictures = board().expect("committed").pictures;
        let error = pictures[0].read(Path::new("no-such-folder")).unwrap_err();
        assert!(
            error.to_string().contains("cargo xtask fixtures"),
            "{error}"
        );
    }
}
