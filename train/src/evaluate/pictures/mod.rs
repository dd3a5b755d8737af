//! Real pictures of a folder (docs/reference/pictures.md): every question that its index answers, asked as the page would, beside
//! what could be said without looking.

mod images;
mod marked;
mod report;
mod scores;

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
};

use unimed_core::{
    context::Context,
    engine::{AskOptions, ImageAttention},
    transforms::to_tensor,
};
use unimed_imaging::RgbImage;
use unimed_package::host::{NoopHost, Yielder};

pub use marked::{MarkedCount, MarkedScores, Marks, MarksReport, evaluate_marks};
pub use report::{FindingScores, OtherScores, PicturesReport, QuestionScores};

use self::scores::{Answered, Scores};
use super::Loaded;
use crate::{
    TrainError,
    data::sample_rng,
    pictures::{Asked, Folder, Frame, PictureSplit, Record, asked},
    unknown::outside_for_evaluation,
};

/// Longest answer; the longest right one has about 15 tokens.
const MAX_TOKENS: usize = 24;
/// Random numbers of the questions that no image answers.
const OUTSIDE: u64 = 11;
/// A blank picture is of this grey.
const BLANK: u8 = 128;

/// What to measure.
#[derive(Debug, Clone)]
pub struct PictureSettings {
    /// The package.
    pub package: PathBuf,
    /// Folders of the pictures.
    pub folders: Vec<PathBuf>,
    /// Which of them.
    pub split: PictureSplit,
    /// Whether pictures are also made (round trip and super-resolution), which takes most of the time.
    pub making: bool,
}

/// A picture of a folder.
type Shown<'a> = (&'a Folder, &'a Record);

/// Measures a package on the pictures of some folders.
///
/// # Errors
///
/// [`TrainError`]; [`TrainError::Index`] names the line and field of an index that does not hold.
pub fn evaluate_pictures(
    settings: &PictureSettings,
    note: &mut dyn FnMut(&str),
) -> Result<PicturesReport, TrainError> {
    let folders = Folder::all(&settings.folders, None)?;
    let unread: BTreeSet<&str> = folders
        .iter()
        .flat_map(|folder| folder.unread.iter().map(String::as_str))
        .collect();
    if !unread.is_empty() {
        let names: Vec<&str> = unread.into_iter().collect();
        note(&format!("fields that are not read: {}", names.join(", ")));
    }
    let records: Vec<Shown<'_>> = folders
        .iter()
        .flat_map(|folder| {
            folder
                .of(settings.split)
                .map(move |record| (folder, record))
        })
        .collect();
    if records.is_empty() {
        let places: Vec<String> = settings
            .folders
            .iter()
            .map(|folder| folder.display().to_string())
            .collect();
        return Err(TrainError::Value {
            what: "the split",
            found: format!(
                "{}, of which {} has no picture",
                settings.split.key(),
                places.join(", ")
            ),
            expected: "train or board, one that the index has".into(),
        });
    }
    let loaded = super::open(&settings.package)?;
    let scores = ask_all(&loaded, &records, note)?;
    let mut report = scores.report(records.len());
    if settings.making {
        images::measure(&loaded, &records, &mut report, note)?;
    }
    Ok(report)
}

/// Asks everything about some pictures.
fn ask_all(
    reader: &dyn Reader,
    records: &[Shown<'_>],
    note: &mut dyn FnMut(&str),
) -> Result<Scores, TrainError> {
    let mut asker = Asker {
        reader,
        blind: HashMap::new(),
        blank: HashMap::new(),
    };
    let mut scores = Scores::default();
    for (done, (folder, record)) in records.iter().enumerate() {
        let image = folder.image(record)?;
        asker.ask(record, &image, &outside_question(done), &mut scores)?;
        if (done + 1).is_multiple_of(50) {
            note(&format!(
                "{} of {} pictures, {}",
                done + 1,
                records.len(),
                scores.summary()
            ));
        }
    }
    Ok(scores)
}

/// What no image answers, asked about this picture of all.
fn outside_question(turn: usize) -> String {
    outside_for_evaluation(turn, &mut sample_rng(OUTSIDE, turn as u64))
}

/// What is asked: a model, or in tests something whose answers are known.
trait Reader {
    /// Answers to questions about a picture, or about none.
    fn answers(
        &self,
        image: Option<&RgbImage>,
        questions: &[&str],
    ) -> Result<Vec<String>, TrainError>;

    /// Where the answer to a question looked.
    fn attention(
        &self,
        image: &RgbImage,
        question: &str,
    ) -> Result<Option<ImageAttention>, TrainError>;
}

impl Reader for Loaded {
    fn answers(
        &self,
        image: Option<&RgbImage>,
        questions: &[&str],
    ) -> Result<Vec<String>, TrainError> {
        let context = image.map_or_else(|| Ok(Context::default()), |image| self.look_at(image))?;
        let answer = |question: &&str| {
            Ok(self
                .answer(&context, question, MAX_TOKENS)?
                .trim()
                .to_owned())
        };
        questions.iter().map(answer).collect()
    }

    fn attention(
        &self,
        image: &RgbImage,
        question: &str,
    ) -> Result<Option<ImageAttention>, TrainError> {
        let options = AskOptions {
            attention: true,
            max_tokens: MAX_TOKENS,
            ..AskOptions::default()
        };
        let (host, mut unheard) = (NoopHost::new(), |_| {});
        let job = self.engine.ask(
            std::slice::from_ref(image),
            question,
            &options,
            &host,
            &mut unheard,
        );
        Ok(pollster::block_on(job)?.attention.into_iter().next())
    }
}

/// The split of a name.
///
/// # Errors
///
/// [`TrainError::Value`].
pub fn split_of(name: &str) -> Result<PictureSplit, TrainError> {
    [PictureSplit::Train, PictureSplit::Board]
        .into_iter()
        .find(|split| split.key() == name)
        .ok_or_else(|| TrainError::Value {
            what: "--split",
            found: name.to_owned(),
            expected: "train or board".into(),
        })
}

/// Asks, and remembers answers that depend on no picture.
struct Asker<'a> {
    reader: &'a dyn Reader,
    blind: HashMap<String, String>,
    blank: HashMap<(usize, usize, String), String>,
}

impl Asker<'_> {
    fn ask(
        &mut self,
        record: &Record,
        image: &RgbImage,
        outside: &str,
        scores: &mut Scores,
    ) -> Result<(), TrainError> {
        let questions = asked(record);
        let wordings: Vec<&str> = questions
            .iter()
            .map(|asked| asked.wordings[0].as_str())
            .chain([outside])
            .collect();
        let answers = self.reader.answers(Some(image), &wordings)?;
        if let Some(answer) = answers.last() {
            scores.outside(answer);
        }
        for ((question, wording), answer) in questions.iter().zip(&wordings).zip(answers) {
            let blind = self.blind(wording)?;
            let right = answer == question.answer;
            let survives = if right {
                Some(self.blank(image, wording)? == question.answer)
            } else {
                None
            };
            scores.add(
                record,
                question,
                &Answered {
                    answer,
                    blind,
                    survives,
                },
            );
        }
        if let Some(hit) = self.points(record, image, &questions)? {
            scores.point(hit);
        }
        Ok(())
    }

    /// The one answer to a question.
    fn one(&self, image: Option<&RgbImage>, question: &str) -> Result<String, TrainError> {
        Ok(self.reader.answers(image, &[question])?.swap_remove(0))
    }

    /// The answer without a picture.
    fn blind(&mut self, question: &str) -> Result<String, TrainError> {
        if let Some(known) = self.blind.get(question) {
            return Ok(known.clone());
        }
        let answer = self.one(None, question)?;
        self.blind.insert(question.to_owned(), answer.clone());
        Ok(answer)
    }

    /// The answer about a grey picture of the same size.
    fn blank(&mut self, image: &RgbImage, question: &str) -> Result<String, TrainError> {
        let key = (image.width, image.height, question.to_owned());
        if let Some(known) = self.blank.get(&key) {
            return Ok(known.clone());
        }
        let grey = RgbImage::filled(image.width, image.height, [BLANK; 3]);
        let answer = self.one(Some(&grey), question)?;
        self.blank.insert(key, answer.clone());
        Ok(answer)
    }

    /// Whether the attention of the answer to "Where is it?" peaks in the box; only where the box leaves room to miss.
    fn points(
        &self,
        record: &Record,
        image: &RgbImage,
        questions: &[Asked],
    ) -> Result<Option<bool>, TrainError> {
        /// Boxes that take more of the picture are hit by chance.
        const LARGEST: f64 = 0.5;
        let sized = questions
            .iter()
            .find_map(|asked| asked.key.strip_prefix("size/"));
        let (Some(frame), Some(name)) =
            (record.frame.filter(|frame| frame.area() < LARGEST), sized)
        else {
            return Ok(None);
        };
        let attention = self
            .reader
            .attention(image, &format!("Where is the {name}?"))?;
        Ok(attention.map(|attention| {
            peak_lies_in(
                &attention.weights,
                attention.rows,
                attention.columns,
                &frame,
            )
        }))
    }
}

/// Whether the patch with most attention, over all tokens of an answer, has its middle in a box.
fn peak_lies_in(weights: &[f32], rows: usize, columns: usize, frame: &Frame) -> bool {
    let patches = rows * columns;
    let mut sums = vec![0.0_f32; patches];
    for token in weights.chunks_exact(patches) {
        for (sum, weight) in sums.iter_mut().zip(token) {
            *sum += weight;
        }
    }
    let peak = (0..patches).max_by(|&a, &b| sums[a].total_cmp(&sums[b]));
    let Some(peak) = peak else {
        return false;
    };
    let part = |at: usize, count: usize| (at as f64 + 0.5) / count as f64;
    let (x, y) = (part(peak % columns, columns), part(peak / columns, rows));
    frame.x0 <= x && x <= frame.x1 && frame.y0 <= y && y <= frame.y1
}

impl Loaded {
    /// A context that has read a picture of any size, brought to the size that the package asks for.
    ///
    /// # Errors
    ///
    /// [`TrainError`].
    pub fn look_at(&self, image: &RgbImage) -> Result<Context, TrainError> {
        let yielder = Yielder::never();
        let model = self.engine.model();
        let sized = model.config.vit_transform.rule().apply(image)?;
        let (mean, std) = (model.config.image_mean, model.config.image_std);
        let pixels = to_tensor(&sized, mean, std, &model.device());
        let mut context = Context::default();
        let segment = pollster::block_on(model.vision_segment(pixels, &yielder))?;
        pollster::block_on(model.append(&mut context, segment, &yielder))?;
        Ok(context)
    }
}

#[cfg(test)]
mod tests;
