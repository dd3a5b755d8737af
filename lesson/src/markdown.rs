//! Reads a lesson: front matter, steps, text and blocks. What Markdown has beyond that is refused, not dropped, so that
//! a teacher sees it.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde::de::DeserializeOwned;

use crate::blocks::{Block, Content, Step};
use crate::front::Front;
use crate::prose::{Run, add};
use crate::table::Table;
use crate::{Lesson, LessonError, words};

/// Most bytes of a lesson: longer than any that a person would play through.
const LIMIT: usize = 200_000;

/// Kinds of fenced blocks.
const KINDS: [&str; 10] = [
    "case", "picture", "window", "mark", "measure", "question", "model", "make", "reveal",
    "compare",
];

/// The line around a front matter.
const FENCE: &str = "+++";

/// Reads the text of a lesson's file.
///
/// # Errors
///
/// [`LessonError`], the first that is found.
pub fn read(file: &str) -> Result<Lesson, LessonError> {
    if file.len() > LIMIT {
        return Err(LessonError::TooLong {
            limit: LIMIT,
            found: file.len(),
        });
    }
    let file = file.strip_prefix('\u{feff}').unwrap_or(file);
    let (front, body) = split(file)?;
    let front = Front::read(&Table {
        text: &file[front],
        line: 2,
        of: "the front matter",
    })?;
    let mut reader = Reader::new(file, body.start);
    for (event, range) in Parser::new_ext(&file[body.clone()], Options::empty()).into_offset_iter()
    {
        reader.hear(event, &range)?;
    }
    let steps = reader.steps;
    if let Some(step) = steps.iter().position(|step| step.contents.is_empty()) {
        return Err(LessonError::Empty {
            line: reader.starts[step],
            expected: "text or a block in every step",
            instead: "write below the heading, or take it away",
        });
    }
    if steps.is_empty() {
        return Err(LessonError::Empty {
            line: line_of(file, body.start),
            expected: "at least one step",
            instead: "begin one with a heading: `## What is seen`",
        });
    }
    let lesson = Lesson { front, steps };
    crate::check::names(&lesson)?;
    Ok(lesson)
}

/// Where the front matter and the rest of a file are.
fn split(file: &str) -> Result<(Range<usize>, Range<usize>), LessonError> {
    let mut place = 0;
    let mut start = None;
    for (number, line) in file.split_inclusive('\n').enumerate() {
        let next = place + line.len();
        match (line.trim_end() == FENCE, start) {
            (true, None) => start = Some(next),
            (true, Some(start)) => return Ok((start..place, next..file.len())),
            (false, None) => {
                let found = line.trim_end().chars().take(40).collect::<String>();
                return Err(LessonError::NoFrontMatter {
                    line: number + 1,
                    found: format!("{found:?}"),
                });
            }
            (false, Some(_)) => {}
        }
        place = next;
    }
    Err(LessonError::NoFrontMatter {
        line: file.lines().count().max(1),
        found: "the end of the file".to_owned(),
    })
}

fn line_of(file: &str, place: usize) -> usize {
    file[..place].matches('\n').count() + 1
}

/// What the words under way will be.
#[derive(Debug)]
enum Open {
    Title,
    Heading,
    Paragraph,
    Item,
}

struct Reader<'a> {
    file: &'a str,
    /// Where the body begins in the file.
    body: usize,
    steps: Vec<Step>,
    /// Line of each step's heading.
    starts: Vec<usize>,
    open: Option<Open>,
    runs: Vec<Run>,
    strong: bool,
    emphasis: bool,
    /// The list under way: numbered or not, its items.
    list: Option<(bool, Vec<Vec<Run>>)>,
    /// The fenced block under way: its kind, the line of its first field, its text.
    block: Option<(String, usize, String)>,
}

impl<'a> Reader<'a> {
    fn new(file: &'a str, body: usize) -> Self {
        Self {
            file,
            body,
            steps: Vec::new(),
            starts: Vec::new(),
            open: None,
            runs: Vec::new(),
            strong: false,
            emphasis: false,
            list: None,
            block: None,
        }
    }

    fn hear(&mut self, event: Event<'_>, range: &Range<usize>) -> Result<(), LessonError> {
        let line = line_of(self.file, self.body + range.start);
        let not = |what, instead| {
            Err(LessonError::NotPart {
                line,
                what,
                instead,
            })
        };
        match event {
            Event::Start(tag) => return self.start(tag, line),
            Event::End(tag) => return self.end(tag, line),
            Event::Text(text) => match &mut self.block {
                Some((_, _, body)) => *body += &text,
                None => self.say(&text, false),
            },
            Event::Code(text) => self.say(&text, true),
            Event::SoftBreak | Event::HardBreak => self.say(" ", false),
            Event::Html(_) | Event::InlineHtml(_) => return not("HTML", "write Markdown"),
            Event::Rule => return not("rule", "begin a step with a heading: `## What is seen`"),
            // They come only with options that are off.
            Event::FootnoteReference(_)
            | Event::TaskListMarker(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => return not("such element", "write plain text"),
        }
        Ok(())
    }

    fn say(&mut self, text: &str, code: bool) {
        let run = Run {
            text: text.to_owned(),
            strong: self.strong,
            emphasis: self.emphasis,
            code,
        };
        add(&mut self.runs, run);
    }

    fn start(&mut self, tag: Tag<'_>, line: usize) -> Result<(), LessonError> {
        let not = |what, instead| {
            Err(LessonError::NotPart {
                line,
                what,
                instead,
            })
        };
        let is_step = matches!(
            tag,
            Tag::Heading {
                level: HeadingLevel::H2,
                ..
            }
        );
        let in_heading = self.open.is_some();
        if self.steps.is_empty() && !is_step && !in_heading && !matches!(tag, Tag::HtmlBlock) {
            return not(
                "text before its first step",
                "begin the first step with a heading: `## What is seen`",
            );
        }
        match tag {
            Tag::Heading { level, .. } => {
                self.open = Some(match level {
                    HeadingLevel::H2 => {
                        self.starts.push(line);
                        Open::Title
                    }
                    HeadingLevel::H3 => Open::Heading,
                    _ => {
                        return not(
                            "heading of this level",
                            "`##` begins a step, `###` is a heading within it",
                        );
                    }
                });
            }
            // In an item of a list the words belong to the item.
            Tag::Paragraph if self.list.is_some() => {}
            Tag::Paragraph => self.open = Some(Open::Paragraph),
            Tag::List(_) if self.list.is_some() => {
                return not("list within a list", "write one list");
            }
            Tag::List(start) => self.list = Some((start.is_some(), Vec::new())),
            Tag::Item => self.open = Some(Open::Item),
            Tag::Strong => self.strong = true,
            Tag::Emphasis => self.emphasis = true,
            Tag::CodeBlock(CodeBlockKind::Fenced(kind)) => {
                let kind = kind.trim().to_owned();
                if !KINDS.contains(&kind.as_str()) {
                    return Err(LessonError::UnknownBlock {
                        line,
                        found: kind,
                        expected: KINDS.map(|kind| format!("`{kind}`")).join(", "),
                    });
                }
                self.block = Some((kind, line + 1, String::new()));
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => {
                return not("indented text", "begin its lines at the margin");
            }
            Tag::Link { .. } => {
                return not("links", "name what a statement rests on in `sources`");
            }
            Tag::Image { .. } => {
                return not(
                    "images by address",
                    "show a picture of the site with a `picture` block",
                );
            }
            Tag::HtmlBlock => return not("HTML", "write Markdown"),
            Tag::BlockQuote(_) => return not("quotation block", "write a paragraph"),
            _ => return not("such element", "write paragraphs, lists and blocks"),
        }
        Ok(())
    }

    fn end(&mut self, tag: TagEnd, line: usize) -> Result<(), LessonError> {
        match tag {
            TagEnd::Strong => self.strong = false,
            TagEnd::Emphasis => self.emphasis = false,
            TagEnd::CodeBlock => {
                if let Some((kind, line, text)) = self.block.take() {
                    let block = block(
                        &Table {
                            text: &text,
                            line,
                            of: &format!("`{kind}`"),
                        },
                        &kind,
                    )?;
                    self.push(line - 1, block);
                }
            }
            TagEnd::List(_) => {
                if let Some((ordered, items)) = self.list.take() {
                    self.push(line, Block::List { ordered, items });
                }
            }
            TagEnd::Paragraph if self.list.is_some() => {}
            TagEnd::Heading(_) | TagEnd::Paragraph | TagEnd::Item => {
                let runs = std::mem::take(&mut self.runs);
                match self.open.take() {
                    Some(Open::Title) => self.steps.push(Step {
                        title: runs.into_iter().map(|run| run.text).collect(),
                        contents: Vec::new(),
                    }),
                    Some(Open::Heading) => self.push(line, Block::Heading { runs }),
                    Some(Open::Paragraph) => self.push(line, Block::Paragraph { runs }),
                    Some(Open::Item) => {
                        if let Some((_, items)) = &mut self.list {
                            items.push(runs);
                        }
                    }
                    None => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn push(&mut self, line: usize, block: Block) {
        if let Some(step) = self.steps.last_mut() {
            step.contents.push(Content { line, block });
        }
    }
}

/// The block of a kind.
fn block(table: &Table<'_>, kind: &str) -> Result<Block, LessonError> {
    fn of<T: DeserializeOwned>(
        table: &Table<'_>,
        make: fn(T) -> Block,
    ) -> Result<Block, LessonError> {
        table.read().map(make)
    }
    let block = match kind {
        "case" => of(table, Block::Case),
        "picture" => of(table, Block::Picture),
        "window" => of(table, Block::Window),
        "mark" => of(table, Block::Mark),
        "measure" => of(table, Block::Measure),
        "question" => of(table, Block::Question),
        "model" => of(table, Block::Model),
        "make" => of(table, Block::Make),
        "reveal" => of(table, Block::Reveal),
        _ => of(table, Block::Compare),
    }?;
    values(table, &block)?;
    Ok(block)
}

/// What a block says by itself, without the rest of the lesson.
fn values(table: &Table<'_>, block: &Block) -> Result<(), LessonError> {
    match block {
        Block::Case(case) => {
            let modality = words::modality(&case.modality);
            let modality = modality.map_err(|what| table.wrong("modality", what))?;
            let known = modality.findings();
            for finding in &case.findings {
                if finding != "none" && !known.contains(&finding.as_str()) {
                    let all = known.iter().copied().chain(["none"]);
                    return Err(table.wrong("findings", words::one_of(all, finding)));
                }
            }
        }
        Block::Picture(picture) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            let file = &picture.file;
            if !file.chars().all(plain) || !file.ends_with(".png") && !file.ends_with(".jpg") {
                let what = format!(
                    "expected the name of a .png or .jpg in the site's folder `samples`, found {file:?}"
                );
                return Err(table.wrong("file", what));
            }
            for (field, text) in [
                ("alt", &picture.alt),
                ("credit", &picture.credit),
                ("licence", &picture.licence),
            ] {
                if text.trim().is_empty() {
                    return Err(table.wrong(field, "expected words, found nothing"));
                }
            }
        }
        Block::Window(window) => {
            for (field, [low, high]) in [("width", window.width), ("level", window.level)] {
                if low > high {
                    let what = format!("expected the smaller number first, found [{low}, {high}]");
                    return Err(table.wrong(field, what));
                }
            }
        }
        Block::Measure(measure) if !(1..=100).contains(&measure.tolerance) => {
            let what = format!("expected 1 to 100 percent, found {}", measure.tolerance);
            return Err(table.wrong("tolerance", what));
        }
        Block::Question(question) => {
            let count = question.choices.len();
            if !(2..=8).contains(&count) {
                return Err(
                    table.wrong("choices", format!("expected 2 to 8 choices, found {count}"))
                );
            }
            let rights = question
                .choices
                .iter()
                .filter(|choice| choice.right)
                .count();
            let values = question
                .choices
                .iter()
                .filter(|choice| choice.value.is_some());
            match (&question.fact, values.count(), rights) {
                (Some(_), values, 0) if values == count => {
                    if question.image.is_none() {
                        return Err(
                            table.wrong("image", "expected the case whose fact it is, found none")
                        );
                    }
                }
                (None, 0, 1) => {}
                (Some(_), _, _) => {
                    return Err(table.wrong("choices", "expected a `value` for every choice and no `right`, because the fact decides"));
                }
                (None, _, _) => {
                    let what = format!(
                        "expected `right = true` for exactly one choice and no `value`, found {rights} right"
                    );
                    return Err(table.wrong("choices", what));
                }
            }
        }
        Block::Compare(compare) => match (&compare.image, &compare.change) {
            (Some(_), None) => {}
            (None, Some(change)) => {
                words::task(change).map_err(|what| table.wrong("change", what))?;
            }
            _ => {
                return Err(table.wrong(
                    "image",
                    "expected either `image`, a case to show without its finding, or `change`",
                ));
            }
        },
        _ => {}
    }
    Ok(())
}
