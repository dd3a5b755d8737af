//! Published benchmarks and pairs of pictures: for those who have the data and the weights.
//!
//! A reader per benchmark ([`read`]) turns the published files into questions, [`ask`] puts them to
//! the engine, [`score`] compares by a stated rule, [`report`] sums up, beside the numbers that
//! others have printed ([`published`]). What is scored how: docs/guides/benchmarks.md.

mod ask;
mod choice;
mod error;
mod likeness;
mod pairs;
mod picture;
mod published;
mod question;
mod read;
mod report;
mod run;
mod score;
mod settings;
mod table;
mod words;

pub use error::BenchmarkError;
pub use pairs::{PairScore, PairsReport, compare};
pub use picture::Picture;
pub use published::Published;
pub use question::{Choice, Kind, Question};
pub use read::{Benchmark, questions};
pub use report::{Answered, BenchmarkReport, Share};
pub use run::{measure, measure_with};
pub use score::{Score, score};
pub use settings::{BenchmarkSettings, Prompting};
