//! Runs other programs and says what it runs, so that a person can repeat every step by hand.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;

/// A program with arguments, ready for `env` and `current_dir`.
pub(crate) fn command<A: AsRef<std::ffi::OsStr>>(
    program: impl AsRef<std::ffi::OsStr>,
    args: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null());
    command
}

/// The command as a person would type it, without its environment.
pub(crate) fn describe(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut line = program
        .file_name()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned();
    for arg in command.get_args() {
        let arg = arg.to_string_lossy();
        line.push(' ');
        if arg.is_empty() || arg.contains([' ', '\'', '"']) {
            line.push_str(&format!("{arg:?}"));
        } else {
            line.push_str(&arg);
        }
    }
    line
}

/// Runs the command with its output going to the terminal; an unsuccessful end is an error.
pub(crate) fn run(command: &mut Command) -> Result<(), Error> {
    say(command);
    let status = command
        .status()
        .map_err(|source| start_error(command, source))?;
    check(command, status)
}

/// Starts the command beside this program, with its output going to the terminal; [`finish`] waits for it and wants its
/// description.
pub(crate) fn start(command: &mut Command) -> Result<(Child, String), Error> {
    say(command);
    let child = command
        .spawn()
        .map_err(|source| start_error(command, source))?;
    Ok((child, describe(command)))
}

/// Waits for a command that was started; an unsuccessful end is an error.
pub(crate) fn finish(child: &mut Child, description: &str) -> Result<(), Error> {
    let status = child.wait().map_err(|source| Error::Start {
        command: description.to_owned(),
        source,
    })?;
    check_described(description, status)
}

/// Like [`run`], but ends the program when `limit` has passed.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<(), Error> {
    say(command);
    let mut child = command
        .spawn()
        .map_err(|source| start_error(command, source))?;
    match wait_until(&mut child, Instant::now() + limit) {
        Some(status) => check(command, status),
        None => {
            // It may have ended in this very moment, which is as good.
            let _ = child.kill();
            let _ = child.wait();
            Err(Error::TimedOut {
                command: describe(command),
                seconds: limit.as_secs(),
            })
        }
    }
}

/// What the command prints on stdout, when it succeeds; says nothing.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs the command, shows its output as it comes, and returns it (stdout and stderr, in order of arrival) too.
pub(crate) fn run_and_keep(command: &mut Command) -> Result<(ExitStatus, String), Error> {
    say(command);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| start_error(command, source))?;
    let stdout = child.stdout.take().expect("invariant: stdout was piped");
    let stderr = child.stderr.take().expect("invariant: stderr was piped");
    let errors = thread::spawn(move || echo(stderr, std::io::stderr()));
    let mut text = echo(stdout, std::io::stdout());
    text.push_str(&errors.join().expect("invariant: echo does not panic"));
    let status = child
        .wait()
        .map_err(|source| start_error(command, source))?;
    Ok((status, text))
}

/// Copies lines from a pipe to a terminal and keeps them.
fn echo(from: impl Read, mut to: impl Write) -> String {
    let mut kept = String::new();
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while reader
        .read_until(b'\n', &mut line)
        .is_ok_and(|read| read > 0)
    {
        // A closed terminal is no reason to lose the result.
        let _ = to.write_all(&line);
        kept.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    kept
}

fn wait_until(child: &mut Child, end: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(100)),
            Ok(None) | Err(_) => return None,
        }
    }
}

fn say(command: &Command) {
    println!("$ {}", describe(command));
    // The program writes to the same terminal past this process's buffer.
    let _ = std::io::stdout().flush();
}

fn start_error(command: &Command, source: std::io::Error) -> Error {
    Error::Start {
        command: describe(command),
        source,
    }
}

fn check(command: &Command, status: ExitStatus) -> Result<(), Error> {
    check_described(&describe(command), status)
}

fn check_described(description: &str, status: ExitStatus) -> Result<(), Error> {
    if status.success() {
        Ok(())
    } else {
        Err(Error::Failed {
            command: description.to_owned(),
            status: status.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_described_as_it_would_be_typed() {
        assert_eq!(
            describe(&command("/usr/bin/cargo", ["build", "--features", "a b"])),
            "cargo build --features \"a b\""
        );
    }

    #[test]
    fn output_is_kept_in_full_and_failure_is_seen() {
        let (status, text) =
            run_and_keep(&mut command("sh", ["-c", "echo one; echo two >&2; exit 3"])).unwrap();
        assert_eq!(status.code(), Some(3));
        assert_eq!(text, "one\ntwo\n");
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let started = Instant::now();
        let error =
            run_within(&mut command("sleep", ["30"]), Duration::from_millis(300)).unwrap_err();
        assert!(matches!(error, Error::TimedOut { .. }), "{error}");
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
