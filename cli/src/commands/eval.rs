//! `unimed eval`: what a package can do on fresh simulated images, as one JSON object; on published
//! benchmarks; and how alike pairs of pictures are.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use unimed_train::{
    TrainError,
    benchmark::{BenchmarkSettings, Prompting},
    evaluate::{
        EvalSettings, Marks, PictureSettings, Task, evaluate, evaluate_marks, evaluate_pictures,
        split_of,
    },
};

use super::{CommandResult, benchmark, print_json, print_line};
use crate::open::{Backend, note};

/// Measure a package on fresh simulated images or a published benchmark, or compare pictures.
#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// Folder of the model package.
    #[arg(long, required_unless_present = "images")]
    model: Option<PathBuf>,
    /// A published benchmark instead of simulated images (docs/guides/benchmarks.md).
    #[arg(long, value_enum, requires = "data")]
    benchmark: Option<benchmark::Name>,
    /// Folder of the benchmark, as it is published.
    #[arg(long, requires = "benchmark")]
    data: Option<PathBuf>,
    /// Only the first so many questions of the benchmark.
    #[arg(long, requires = "benchmark")]
    limit: Option<u64>,
    /// Frames that are shown of a video, which is a folder of frames.
    #[arg(long, requires = "benchmark", default_value_t = 8, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=64))]
    frames: usize,
    /// Longest answer to a question of the benchmark, in tokens.
    #[arg(long, requires = "benchmark", default_value_t = 256)]
    max_tokens: usize,
    /// Ask without the request for a short answer.
    #[arg(long, requires = "benchmark")]
    bare: bool,
    /// File for every answer to the benchmark, one JSON object a line.
    #[arg(long, requires = "benchmark")]
    answers: Option<PathBuf>,
    /// Where to compute the answers to the benchmark.
    #[arg(long, value_enum, requires = "benchmark", default_value_t)]
    backend: Backend,
    /// Compare pictures: a made one and the true one, or two folders of files with the same names.
    #[arg(long, num_args = 2, value_names = ["MADE", "TRUTH"], conflicts_with = "benchmark")]
    images: Option<Vec<PathBuf>>,
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
    /// Real pictures instead of simulated ones: a folder with an index.jsonl (docs/reference/pictures.md); may be given
    /// several times.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["benchmark", "images", "board", "tasks"])]
    pictures: Vec<PathBuf>,
    /// Which of the pictures: board or train.
    #[arg(long, requires = "pictures", default_value = "board")]
    split: String,
    /// Only ask about the pictures; make none.
    #[arg(long, requires = "pictures")]
    answers_only: bool,
    /// Ask twice instead, with and without marks, and count the answers that change: `drawn` draws letters and calipers on every
    /// picture, a file such as train/pictures/calipers.jsonl hides those that it tells of.
    #[arg(long, value_name = "drawn|FILE", requires = "pictures", conflicts_with = "answers_only", value_parser = marks)]
    marks: Option<Marks>,
    /// One JSON object on one line; else an indented one, or a table for benchmarks and pictures.
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
pub(crate) fn run(args: &EvalArgs) -> CommandResult {
    if let Some([made, truth]) = args.images.as_deref() {
        return benchmark::pairs(made, truth, args.json);
    }
    let missing = "--model is missing; name the folder of the package";
    let model = args.model.as_deref().ok_or(missing)?;
    if !args.pictures.is_empty() {
        return pictures(args, model);
    }
    match (args.benchmark, &args.data) {
        (Some(name), Some(data)) => {
            let settings = BenchmarkSettings {
                benchmark: name.into(),
                data: data.clone(),
                prompting: if args.bare {
                    Prompting::Bare
                } else {
                    Prompting::Short
                },
                limit: args.limit,
                frames: args.frames,
                max_tokens: args.max_tokens,
                answers: args.answers.clone(),
            };
            benchmark::run(model, args.backend, &settings, args.json)
        }
        _ => simulated(args, model),
    }
}

/// Which marks, from the command line.
fn marks(text: &str) -> Result<Marks, String> {
    match text {
        "drawn" => Ok(Marks::Drawn),
        path if PathBuf::from(path).is_file() => Ok(Marks::Hidden(path.into())),
        other => Err(format!("found {other}, expected drawn or a file of marks")),
    }
}

/// Measures on real pictures.
fn pictures(args: &EvalArgs, model: &Path) -> CommandResult {
    let settings = PictureSettings {
        package: model.to_owned(),
        folders: args.pictures.clone(),
        split: split_of(&args.split)?,
        making: !args.answers_only,
    };
    if let Some(marks) = &args.marks {
        let report = evaluate_marks(&settings, marks, &mut note)?;
        return if args.json {
            print_json(&serde_json::json!({ "marks": report }))
        } else {
            print_line(&report.to_string())
        };
    }
    let report = evaluate_pictures(&settings, &mut note)?;
    if args.json {
        print_json(&serde_json::json!({ "pictures": report }))
    } else {
        print_line(&report.to_string())
    }
}

/// Measures on simulated images.
fn simulated(args: &EvalArgs, model: &Path) -> CommandResult {
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
        return Err(Box::new(TrainError::Value {
            what: "--reference",
            found: reference.display().to_string(),
            expected: "the folder of a package".into(),
        }));
    }
    let settings = EvalSettings {
        package: model.to_owned(),
        seed: args.seed,
        count: args.count,
        tasks,
        judge: args.judge.clone(),
        reference: args.reference.clone(),
        steps: args.steps.map(usize::from),
        board,
    };
    let report = evaluate(&settings, &mut note)?;
    if args.json {
        print_json(&report)
    } else {
        print_line(&serde_json::to_string_pretty(&report)?)
    }
}
