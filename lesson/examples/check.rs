//! Checks lessons, as `unimed lesson check` does: `cargo run -p unimed-lesson --example check -- lessons/en/*.md`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        eprintln!("expected the files of lessons, found none; name them");
        return ExitCode::from(2);
    }
    let mut success = true;
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|error| error.to_string());
        let lesson = text.and_then(|text| unimed_lesson::read(&text).map_err(|e| e.to_string()));
        match lesson.and_then(|l| {
            unimed_lesson::check(&l)
                .map(|()| l)
                .map_err(|e| e.to_string())
        }) {
            Ok(lesson) => println!(
                "{file}: {} ({} steps)",
                lesson.front.title,
                lesson.steps.len()
            ),
            Err(error) => {
                eprintln!("{file}: {error}");
                success = false;
            }
        }
    }
    ExitCode::from(u8::from(!success))
}
