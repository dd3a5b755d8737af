//! `unimed read`: what image files hold, as the page sees them.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use unimed_imaging::report::{Report, dumps};

use super::{CommandError, CommandResult, print_json, print_line};
use crate::open::{note, opened};

/// Open image files as the page does and show what they hold.
#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    /// Files, and folders with everything in them; opened together, as if they were dropped on the page at once.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// One JSON object on stdout (docs/guides/reading.md).
    #[arg(long)]
    json: bool,
    /// Folder for raw numbers: frames as values and as shown, and the middle slice of each plane.
    #[arg(long)]
    dump: Option<PathBuf>,
}

pub(crate) fn run(args: &ReadArgs) -> CommandResult {
    let opened = opened(&args.files)?;
    let report = Report::of(&opened);
    if let Some(folder) = &args.dump {
        let failed = |path: &PathBuf, error: std::io::Error| -> CommandError {
            format!(
                "{} cannot be written ({error}); choose another folder for --dump",
                path.display()
            )
            .into()
        };
        fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        for (number, series) in opened.series.iter().enumerate() {
            dumps(number, series, |dump| -> CommandResult {
                let path = folder.join(&dump.name);
                fs::write(&path, &dump.bytes).map_err(|error| failed(&path, error))
            })?;
        }
    }
    if args.json {
        print_json(&report)?;
    } else if !opened.series.is_empty() {
        print_line(report.table().trim_end())?;
    }
    if !opened.series.is_empty() {
        return Ok(());
    }
    match report.problems.as_slice() {
        [] => Err("there is no file to open; name files, or folders that hold some".into()),
        [problem] => Err(format!("{}: {}", problem.file, problem.message).into()),
        [problem, rest @ ..] => {
            for problem in &report.problems {
                note(&format!("{}: {}", problem.file, problem.message));
            }
            Err(format!(
                "none of {} files could be opened, the first because: {}",
                rest.len() + 1,
                problem.message
            )
            .into())
        }
    }
}
