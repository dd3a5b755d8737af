//! The worker of the page with lessons: reads lessons and makes their cases, so that the page stays quick while a case is
//! drawn.

mod messages;

use messages::{Compared, FromLessons, Request, ToLessons, Truth};
use unimed_lesson::{CaseBlock, Made, make_case, make_pair, read, without};
use unimed_phantom::Image;
use unimed_web::message::to_buffer;
use unimed_web::worker::{serve, tell};

fn main() {
    serve(|Request { job, what }: Request, _| {
        let mut beside = Vec::new();
        let event = hear(what, &mut beside);
        let buffers: Vec<_> = beside.iter().map(|bytes| to_buffer(bytes)).collect();
        tell(&messages::Answer { job, event }, &buffers);
    });
}

/// What comes of a request; pixels go beside it.
fn hear(what: ToLessons, beside: &mut Vec<Vec<u8>>) -> FromLessons {
    let refused = |what: String| FromLessons::Refused { what, line: None };
    match what {
        ToLessons::Read { text } => match read(&text) {
            Ok(lesson) => FromLessons::Lesson { lesson },
            Err(error) => FromLessons::Refused {
                line: Some(error.line()),
                what: error.to_string(),
            },
        },
        ToLessons::Case { block, seed } => match make_case(&block, seed) {
            Ok(made) => FromLessons::Case(truth(made, beside)),
            Err(error) => refused(error.to_string()),
        },
        ToLessons::Without { block, seed } => match removed(&block, seed, beside) {
            Ok(compared) => FromLessons::Compared(compared),
            Err(error) => refused(error.to_string()),
        },
        ToLessons::Pair { change, seed } => match make_pair(&change, seed) {
            Ok(pair) => FromLessons::Compared(Compared {
                first: picture(&pair.source, beside),
                second: picture(&pair.target, beside),
                instruction: pair.instruction,
            }),
            Err(error) => refused(error.to_string()),
        },
    }
}

fn truth(made: Made, beside: &mut Vec<Vec<u8>>) -> Truth {
    let picture = picture(&made.case.image, beside);
    let masks = made.masks.into_iter();
    let masks = masks.map(|mask| {
        beside.push(mask.pixels.into_iter().map(u8::from).collect());
        messages::Mask {
            finding: mask.finding,
            buffer: beside.len() - 1,
        }
    });
    Truth {
        picture,
        masks: masks.collect(),
        facts: made
            .case
            .facts
            .into_iter()
            .map(|fact| (fact.key, fact.value))
            .collect(),
        finding: made.case.finding,
        caption: made.case.caption,
    }
}

fn removed(
    block: &CaseBlock,
    seed: u64,
    beside: &mut Vec<Vec<u8>>,
) -> Result<Compared, unimed_lesson::CaseError> {
    let made = make_case(block, seed)?;
    let image = without(&made, seed)?;
    Ok(Compared {
        first: picture(&made.case.image, beside),
        second: picture(&image, beside),
        instruction: String::new(),
    })
}

/// Puts the pixels beside, with the opacity that canvases want.
fn picture(image: &Image, beside: &mut Vec<Vec<u8>>) -> messages::Picture {
    let pixels = image.pixels.chunks_exact(3);
    beside.push(
        pixels
            .flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255])
            .collect(),
    );
    messages::Picture {
        width: image.width,
        height: image.height,
        buffer: beside.len() - 1,
    }
}
