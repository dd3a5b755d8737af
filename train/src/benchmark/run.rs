//! A benchmark from its first question to its report.

use std::{
    fs::File,
    io::{BufWriter, Write},
    time::Instant,
};

use unimed_core::engine::Engine;

use super::{
    Answered, BenchmarkError, BenchmarkReport, Question, ask::answer, error::at, questions,
    report::Sums, score, settings::BenchmarkSettings,
};

/// Asks a model every question and compares.
///
/// # Errors
///
/// [`BenchmarkError`] names the file or question. What was answered before it lies in the file of
/// answers.
pub fn measure(
    engine: &Engine,
    settings: &BenchmarkSettings,
    note: &mut dyn FnMut(&str),
) -> Result<BenchmarkReport, BenchmarkError> {
    let mut ask = |question: &Question| answer(engine, question, settings);
    measure_with(&engine.info().name, &mut ask, settings, note)
}

/// [`measure`] with anything that answers, under a name.
///
/// # Errors
///
/// As [`measure`], and what `ask` returns.
pub fn measure_with(
    name: &str,
    ask: &mut dyn FnMut(&Question) -> Result<String, BenchmarkError>,
    settings: &BenchmarkSettings,
    note: &mut dyn FnMut(&str),
) -> Result<BenchmarkReport, BenchmarkError> {
    /// Questions between two notes.
    const EVERY: u64 = 50;
    let start = Instant::now();
    let mut sums = Sums::default();
    let mut log = match &settings.answers {
        Some(path) => Some((BufWriter::new(File::create(path).map_err(at(path))?), path)),
        None => None,
    };
    if settings.limit != Some(0) {
        questions(settings.benchmark, &settings.data, &mut |question| {
            let answer = ask(&question)?;
            let score = score(&answer, &question.kind);
            sums.add(&question, score);
            if let Some((log, path)) = &mut log {
                let answered = Answered {
                    id: &question.id,
                    group: &question.group,
                    question: &question.text,
                    reference: question.kind.reference(),
                    answer: &answer,
                    exact: score.exact,
                    recall: score.recall,
                    f1: score.f1,
                };
                serde_json::to_writer(&mut *log, &answered)
                    .map_err(std::io::Error::from)
                    .and_then(|()| writeln!(log))
                    .and_then(|()| log.flush())
                    .map_err(at(path.as_path()))?;
            }
            if sums.count().is_multiple_of(EVERY) {
                note(&format!(
                    "{} questions, {:.0} s",
                    sums.count(),
                    start.elapsed().as_secs_f64()
                ));
            }
            Ok(settings.limit.is_none_or(|limit| sums.count() < limit))
        })?;
    }
    if sums.count() == 0 {
        return Err(BenchmarkError::Empty {
            folder: settings.data.clone(),
        });
    }
    let seconds = start.elapsed().as_secs_f64().round();
    Ok(sums.report(settings.benchmark, name.to_owned(), seconds))
}
