//! `unimed lesson check`: whether files are lessons that the page can play.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use unimed_lesson::check_file;

use super::{CommandResult, print_line};

/// Lessons of the page (docs/guides/lessons.md).
#[derive(Debug, Args)]
pub(crate) struct LessonArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check files; what is wrong is named with its line and field.
    Check {
        /// Lessons: Markdown with a front matter.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

/// Runs the command.
///
/// # Errors
///
/// The first of each file that is not right, all in one text.
pub(crate) fn run(args: &LessonArgs) -> CommandResult {
    let What::Check { files } = &args.what;
    let mut wrong = Vec::new();
    for file in files {
        match check_file(file) {
            Ok(lesson) => print_line(&format!(
                "{}: {} ({} steps)",
                file.display(),
                lesson.front.title,
                lesson.steps.len()
            ))?,
            Err(error) => wrong.push(error.to_string()),
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}
