//! How a question is put to the model.

use unimed_core::engine::Engine;
use unimed_package::host::NoopHost;

use super::{
    BenchmarkError, Kind, Question,
    settings::{BenchmarkSettings, Prompting},
};

/// The text that follows the pictures.
pub(super) fn prompt(question: &Question, prompting: Prompting) -> String {
    let mut lines = Vec::new();
    if !question.context.is_empty() {
        lines.push(question.context.clone());
    }
    lines.push(question.text.clone());
    if let Kind::Choice { options, .. } = &question.kind {
        lines.push("Options:".to_owned());
        let options = options
            .iter()
            .map(|option| format!("{}. {}", option.letter, option.text));
        lines.extend(options);
    }
    if prompting == Prompting::Short {
        let request = match question.kind {
            Kind::Choice { .. } => "Answer with the letter of the right option only.",
            Kind::Closed { .. } | Kind::Open { .. } => {
                "Answer with a single word or a short phrase."
            }
        };
        lines.push(request.to_owned());
    }
    lines.join("\n")
}

/// The greedy answer: pictures in order, then the text.
pub(super) fn answer(
    engine: &Engine,
    question: &Question,
    settings: &BenchmarkSettings,
) -> Result<String, BenchmarkError> {
    let mut images = Vec::new();
    for picture in &question.pictures {
        images.extend(picture.load(&question.id, settings.frames)?);
    }
    let mut options = engine.info().defaults.ask.clone();
    options.temperature = None;
    options.max_tokens = settings.max_tokens;
    let text = prompt(question, settings.prompting);
    let host = NoopHost::new();
    pollster::block_on(engine.ask(&images, &text, &options, &host, &mut |_| {}))
        .map(|answer| answer.text.trim().to_owned())
        .map_err(|source| BenchmarkError::Engine {
            id: question.id.clone(),
            source: Box::new(source),
        })
}

#[cfg(test)]
mod tests {
    use super::{super::Choice, *};

    #[test]
    fn options_follow_the_question_and_the_request_follows_them() {
        let question = Question {
            id: "1".into(),
            pictures: Vec::new(),
            context: "A case.".into(),
            text: "Which organ?".into(),
            kind: Kind::Choice {
                options: vec![
                    Choice {
                        letter: 'A',
                        text: "Lung".into(),
                    },
                    Choice {
                        letter: 'B',
                        text: "Liver".into(),
                    },
                ],
                answer: 'B',
            },
            group: String::new(),
        };
        let bare = "A case.\nWhich organ?\nOptions:\nA. Lung\nB. Liver";
        assert_eq!(prompt(&question, Prompting::Bare), bare);
        let short = format!("{bare}\nAnswer with the letter of the right option only.");
        assert_eq!(prompt(&question, Prompting::Short), short);
    }
}
