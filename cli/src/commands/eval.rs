//! `unimed eval`: what a package can do on fresh simulated images, as one JSON object.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use unimed_train::{
    TrainError,
    evaluate::{EvalSettings, Task, evaluate},
};

use super::{print_json, print_line};
use crate::open::note;

/// Measure a package on fresh simulated images.
#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// Folder of the model package.
    #[arg(long)]
    model: PathBuf,
    /// Seed of the scenes; all of them are test scenes that no training saw.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Scenes per modality with all their questions; at most 100 of them are painted.
    #[arg(long, default_value_t = 100)]
    count: u64,
    /// What to measure; everything by default.
    #[arg(long, value_enum, value_delimiter = ',')]
    tasks: Vec<TaskName>,
    /// Weights of the network that judges paintings.
    #[arg(long, default_value = "train/weights/judge.safetensors")]
    judge: PathBuf,
    /// Folder of the package with the 16-bit weights that a quantized one is compared with.
    #[arg(long)]
    reference: Option<PathBuf>,
    /// Steps of a painting, to compare few with many; the package's own number by default.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=200))]
    steps: Option<u16>,
    /// Also name the modalities of real pictures, from the packages that `cargo xtask fixtures` fetches.
    /// [default of FOLDER: ~/.cache/unimed/fixtures]
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, require_equals = true)]
    board: Option<Option<PathBuf>>,
    /// One JSON object on one line instead of an indented one.
    #[arg(long)]
    json: bool,
}

impl EvalArgs {
    /// The folder of the real pictures' packages, where they are asked for.
    fn board_folder(&self) -> Option<PathBuf> {
        match &self.board {
            Some(Some(folder)) => Some(folder.clone()),
            Some(None) => Some(fixtures()),
            None => self.tasks.contains(&TaskName::Board).then(fixtures),
        }
    }
}

/// Where `cargo xtask fixtures` keeps what it fetches.
fn fixtures() -> PathBuf {
    let folder = |name| std::env::var_os(name).map(PathBuf::from);
    folder("UNIMED_FIXTURES")
        .or_else(|| folder("UNIMED_CACHE").map(|cache| cache.join("fixtures")))
        .or_else(|| folder("XDG_CACHE_HOME").map(|cache| cache.join("unimed/fixtures")))
        .unwrap_or_else(|| {
            let home = std::env::home_dir().unwrap_or_default();
            home.join(".cache/unimed/fixtures")
        })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TaskName {
    /// Closed and open questions, and what they are worth without the image.
    Questions,
    /// Facts of reports.
    Reports,
    /// Closed questions about combinations of findings that training never showed.
    HeldOut,
    /// Questions about two or three images.
    Comparisons,
    /// The autoencoder's round trip.
    Autoencoder,
    /// Images from text.
    TextToImage,
    /// Images from images.
    Edits,
    /// The quantized package against --reference.
    Agreement,
    /// Modalities of real pictures; implies --board.
    Board,
}

impl From<TaskName> for Task {
    fn from(name: TaskName) -> Self {
        match name {
            TaskName::Questions => Self::Questions,
            TaskName::Reports => Self::Reports,
            TaskName::HeldOut => Self::HeldOut,
            TaskName::Comparisons => Self::Comparisons,
            TaskName::Autoencoder => Self::Autoencoder,
            TaskName::TextToImage => Self::TextToImage,
            TaskName::Edits => Self::Edits,
            TaskName::Agreement => Self::Agreement,
            TaskName::Board => Self::Board,
        }
    }
}

/// Runs the command.
///
/// # Errors
///
/// [`TrainError`] names the file that is missing or damaged.
pub(crate) fn run(args: &EvalArgs) -> Result<(), TrainError> {
    let mut tasks: Vec<Task> = if args.tasks.is_empty() {
        Task::ALL.to_vec()
    } else {
        args.tasks.iter().copied().map(Task::from).collect()
    };
    let board = args.board_folder();
    if board.is_some() {
        tasks.push(Task::Board);
    }
    if let Some(reference) = args.reference.as_ref().filter(|path| !path.exists()) {
        return Err(TrainError::Value {
            what: "--reference",
            found: reference.display().to_string(),
            expected: "the folder of a package".into(),
        });
    }
    let settings = EvalSettings {
        package: args.model.clone(),
        seed: args.seed,
        count: args.count,
        tasks,
        judge: args.judge.clone(),
        reference: args.reference.clone(),
        steps: args.steps.map(usize::from),
        board,
    };
    let report = evaluate(&settings, &mut note)?;
    let written = if args.json {
        print_json(&report)
    } else {
        serde_json::to_string_pretty(&report)
            .map_err(Into::into)
            .and_then(|text| print_line(&text))
    };
    written.map_err(|error| TrainError::Value {
        what: "the output",
        found: error.to_string(),
        expected: "an open stdout".into(),
    })
}
