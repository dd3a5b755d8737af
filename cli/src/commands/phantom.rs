//! `unimed phantom`: simulated images with their facts, as a data set (docs/reference/dataset.md).

use std::{
    fs,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use unimed_imaging::{RgbImage, encode_png};
use unimed_phantom::{
    AnswerKind, CAPTION_REQUESTS, ComparisonTask, Fact, Image, Modality, PairTask, REPORT_REQUESTS,
    Split, case, comparison, pair_of,
};

use super::{CommandResult, print_json, print_line};

/// Render simulated images with their facts.
#[derive(Debug, Args)]
pub(crate) struct PhantomArgs {
    /// Kind of image; see --help for the names.
    #[arg(long, value_parser = modality)]
    modality: Modality,
    /// Seed; every seed gives other scenes.
    #[arg(long)]
    seed: u64,
    /// How many samples.
    #[arg(long, default_value_t = 1)]
    count: u64,
    /// A pair of images (t1-to-t2, add-finding, super-resolution, ...) or a comparison (change,
    /// same-slice, which-shows) instead of one image.
    #[arg(long, value_parser = task)]
    task: Option<Task>,
    /// Which set; the sets share no scene.
    #[arg(long, value_enum, default_value_t)]
    split: SplitName,
    /// Folder to write to; made where it does not exist.
    #[arg(long)]
    out: PathBuf,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

/// A set of scenes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum SplitName {
    /// Scenes that models are trained on.
    Train,
    /// Scenes for choices made while training.
    Validation,
    /// Scenes for reported numbers.
    #[default]
    Test,
    /// Combinations of findings that no other set shows.
    HeldOut,
}

impl From<SplitName> for Split {
    fn from(name: SplitName) -> Self {
        match name {
            SplitName::Train => Self::Train,
            SplitName::Validation => Self::Validation,
            SplitName::Test => Self::Test,
            SplitName::HeldOut => Self::HeldOut,
        }
    }
}

pub(super) fn modality(text: &str) -> Result<Modality, String> {
    by_key(&Modality::ALL, Modality::key, text)
}

/// What is made of a scene besides its picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Pair(PairTask),
    Comparison(ComparisonTask),
}

impl Task {
    fn key(self) -> &'static str {
        match self {
            Self::Pair(task) => task.key(),
            Self::Comparison(task) => task.key(),
        }
    }

    fn modalities(self) -> &'static [Modality] {
        match self {
            Self::Pair(task) => task.modalities(),
            Self::Comparison(task) => task.modalities(),
        }
    }
}

fn task(text: &str) -> Result<Task, String> {
    let pairs = PairTask::ALL.map(Task::Pair).into_iter();
    let all: Vec<Task> = pairs
        .chain(ComparisonTask::ALL.map(Task::Comparison))
        .collect();
    by_key(&all, Task::key, text)
}

fn by_key<T: Copy>(all: &[T], key: fn(T) -> &'static str, text: &str) -> Result<T, String> {
    all.iter()
        .copied()
        .find(|&item| key(item) == text)
        .ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(|&item| key(item)).collect();
            format!("{text} is not known; choose one of {}", known.join(", "))
        })
}

pub(crate) fn run(args: &PhantomArgs) -> CommandResult {
    if let Some(task) = args.task
        && !task.modalities().contains(&args.modality)
    {
        let known: Vec<&str> = task.modalities().iter().map(|m| m.key()).collect();
        return Err(format!(
            "{} has no images of the kind {}; choose --modality {}",
            task.key(),
            args.modality.key(),
            known.join(" or ")
        )
        .into());
    }
    fs::create_dir_all(&args.out)
        .map_err(|error| format!("{} cannot be made ({error})", args.out.display()))?;
    let lines = args.out.join("dataset.jsonl");
    let unwritable = |error| format!("{} cannot be written ({error})", lines.display());
    let mut lines_file = BufWriter::new(fs::File::create(&lines).map_err(unwritable)?);
    let mut samples = Vec::new();
    for index in 0..args.count {
        let (sample, messages) = match args.task {
            None => write_case(args, index)?,
            Some(Task::Pair(task)) => write_pair(args, task, index)?,
            Some(Task::Comparison(task)) => write_comparison(args, task, index)?,
        };
        samples.push(sample);
        for line in messages {
            writeln!(lines_file, "{line}").map_err(unwritable)?;
        }
    }
    lines_file.flush().map_err(unwritable)?;
    let document = json!({
        "modality": args.modality.key(),
        "split": args.split.to_possible_value().map(|value| value.get_name().to_owned()),
        "seed": args.seed,
        "samples": samples,
    });
    let facts = args.out.join("facts.json");
    write(&facts, serde_json::to_string_pretty(&document)?.as_bytes())?;
    if args.json {
        print_json(&document)
    } else {
        print_line(&facts.display().to_string())
    }
}

/// A sample for facts.json, and its lines for dataset.jsonl.
type Written = Result<(Value, Vec<Value>), super::CommandError>;

/// A line of the data set: what is read, what is said, what is expected.
fn line(
    args: &PhantomArgs,
    task: &str,
    images: &[&str],
    request: &str,
    target: &Value,
    facts: &Value,
) -> Value {
    json!({
        "task": task,
        "modality": args.modality.key(),
        "split": args.split.to_possible_value().map(|value| value.get_name().to_owned()),
        "seed": args.seed,
        "images": images,
        "messages": [
            { "role": "user", "content": request },
            { "role": "assistant", "content": target["text"], "image": target["image"] },
        ],
        "target": target,
        "facts": facts,
    })
}

fn write_case(args: &PhantomArgs, index: u64) -> Written {
    let sample = case(args.modality, args.split.into(), args.seed, index);
    let name = format!("{}-{}-{index}.png", args.modality.key(), args.seed);
    save(&args.out.join(&name), &sample.image)?;
    let facts = facts(&sample.facts);
    let images = [name.as_str()];
    let answer = |task: &str, request: &str, text: &str| {
        line(
            args,
            task,
            &images,
            request,
            &json!({ "text": text }),
            &facts,
        )
    };
    let mut lines: Vec<Value> = sample
        .qa
        .iter()
        .map(|qa| match qa.kind {
            AnswerKind::Closed => answer("closed-question", &qa.question, &qa.answer),
            AnswerKind::Open => answer("open-question", &qa.question, &qa.answer),
        })
        .collect();
    let turn = |requests: &[&'static str]| requests[(index % requests.len() as u64) as usize];
    lines.push(answer("caption", turn(&CAPTION_REQUESTS), &sample.caption));
    lines.push(answer("report", turn(&REPORT_REQUESTS), &sample.report));
    let painted = json!({ "image": name });
    lines.push(line(
        args,
        "text-to-image",
        &[],
        &sample.prompt,
        &painted,
        &facts,
    ));
    let questions: Vec<Value> = sample
        .qa
        .iter()
        .map(|qa| {
            json!({
                "question": qa.question,
                "answer": qa.answer,
                "closed": qa.kind == AnswerKind::Closed,
                "category": qa.category,
                "form": qa.form,
            })
        })
        .collect();
    let value = json!({
        "index": index,
        "image": name,
        "finding": sample.finding,
        "facts": facts,
        "caption": sample.caption,
        "report": sample.report,
        "prompt": sample.prompt,
        "questions": questions,
    });
    Ok((value, lines))
}

fn write_pair(args: &PhantomArgs, task: PairTask, index: u64) -> Written {
    let sample = pair_of(task, args.modality, args.split.into(), args.seed, index);
    let stem = format!("{}-{}-{index}", task.key(), args.seed);
    let (source, target) = (format!("{stem}-source.png"), format!("{stem}-target.png"));
    save(&args.out.join(&source), &sample.source)?;
    save(&args.out.join(&target), &sample.target)?;
    let facts = facts(&sample.facts);
    let wanted = json!({ "image": target, "text": sample.response });
    let line = line(
        args,
        task.key(),
        &[&source],
        &sample.instruction,
        &wanted,
        &facts,
    );
    let value = json!({
        "index": index,
        "task": task.key(),
        "source": source,
        "target": target,
        "instruction": sample.instruction,
        "response": sample.response,
        "finding": sample.finding,
        "facts": facts,
    });
    Ok((value, vec![line]))
}

fn write_comparison(args: &PhantomArgs, task: ComparisonTask, index: u64) -> Written {
    // The modalities of a task take turns; this is the next one of the wanted modality.
    let modalities = task.modalities();
    let turn = modalities.iter().position(|m| *m == args.modality);
    let number = index * modalities.len() as u64 + turn.unwrap_or(0) as u64;
    let sample = comparison(task, args.split.into(), args.seed, number);
    let mut names = Vec::new();
    for (place, image) in sample.images.iter().enumerate() {
        let name = format!("{}-{}-{index}-{place}.png", task.key(), args.seed);
        save(&args.out.join(&name), image)?;
        names.push(name);
    }
    let images: Vec<&str> = names.iter().map(String::as_str).collect();
    let lines = sample
        .qa
        .iter()
        .map(|qa| {
            let wanted = json!({ "text": qa.answer });
            line(args, task.key(), &images, &qa.question, &wanted, &json!({}))
        })
        .collect();
    let questions: Vec<Value> = sample
        .qa
        .iter()
        .map(|qa| json!({ "question": qa.question, "answer": qa.answer, "form": qa.form }))
        .collect();
    let value = json!({
        "index": index,
        "task": task.key(),
        "images": names,
        "questions": questions,
    });
    Ok((value, lines))
}

fn facts(facts: &[Fact]) -> Value {
    facts
        .iter()
        .map(|fact| (fact.key.to_owned(), Value::from(fact.value.clone())))
        .collect()
}

fn save(file: &Path, image: &Image) -> CommandResult {
    let image = RgbImage {
        width: image.width,
        height: image.height,
        pixels: image.pixels.clone(),
    };
    write(
        file,
        &encode_png(&image, &[("Source", "simulated image, not a patient")])?,
    )
}

fn write(file: &Path, bytes: &[u8]) -> CommandResult {
    fs::write(file, bytes)
        .map_err(|error| format!("{} cannot be written ({error})", file.display()).into())
}
