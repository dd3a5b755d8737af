//! The subcommands, one per file.

pub(crate) mod ask;
pub(crate) mod bench;
pub(crate) mod benchmark;
pub(crate) mod convert;
pub(crate) mod deidentify;
pub(crate) mod eval;
pub(crate) mod import;
pub(crate) mod inspect;
pub(crate) mod lesson;
pub(crate) mod measure;
pub(crate) mod paint;
pub(crate) mod phantom;
pub(crate) mod read;
pub(crate) mod sign;
pub(crate) mod train;
pub(crate) mod verify;
pub(crate) mod verify_package;

/// Any error that a command can end with; its text is what the person reads.
pub(crate) type CommandError = Box<dyn std::error::Error + Send + Sync>;

/// What a command ends with.
pub(crate) type CommandResult = Result<(), CommandError>;

/// Writes one JSON object to stdout.
///
/// # Errors
///
/// When stdout is closed.
pub(crate) fn print_json(value: &impl serde::Serialize) -> CommandResult {
    print_line(&serde_json::to_string(value)?)
}

/// Writes one line to stdout.
///
/// # Errors
///
/// When stdout is closed.
pub(crate) fn print_line(line: &str) -> CommandResult {
    use std::io::Write;
    writeln!(std::io::stdout().lock(), "{line}")?;
    Ok(())
}
