//! Checks lessons, as `unimed lesson check` does: `cargo run -p unimed-lesson --example check -- lessons/en/*.md`.

use std::path::Path;
use std::process::ExitCode;

use unimed_lesson::check_file;

fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        eprintln!("expected the files of lessons, found none; name them");
        return ExitCode::from(2);
    }
    let mut success = true;
    for file in files {
        match check_file(Path::new(&file)) {
            Ok(lesson) => println!(
                "{file}: {} ({} steps)",
                lesson.front.title,
                lesson.steps.len()
            ),
            Err(error) => {
                eprintln!("{error}");
                success = false;
            }
        }
    }
    ExitCode::from(u8::from(!success))
}
