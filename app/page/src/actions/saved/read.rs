//! A file that says it is a saved conversation: read as a stranger's, for anybody may have written it. Nothing in it is
//! run or fetched; what does not fit is refused with a sentence.

use crate::actions::saved::{
    base64,
    form::{FORMAT, Saved, SavedImage, SavedResult, SavedTurn, VERSION},
};
use serde::{Deserialize, de::IgnoredAny};
use unimed_protocol::{Remedy, UserError};

/// Largest file, in bytes.
pub(crate) const MOST_BYTES: f64 = 256e6;
/// Turns and images at most.
const MOST_PARTS: usize = 2_000;
/// Longest side of an image, in pixels.
const MOST_SIDE: u32 = 8_192;
/// Pixels of all images together: each has four bytes in memory, so they come to 1 GiB.
const MOST_PIXELS: u64 = 1 << 28;
/// Patches in which an answer can look, at most.
const MOST_PATCHES: usize = 65_536;
/// Longest answer, steps and side of a painting in a file, at most; the engine knows closer limits for its model.
const MOST_COUNT: usize = 8_192;

/// What tells a saved conversation from other JSON.
#[derive(Deserialize)]
struct Head {
    format: Option<String>,
    version: Option<u32>,
}

/// The conversation in a file.
///
/// # Errors
///
/// One sentence that names the file and what is wrong with it.
pub(crate) fn read(name: &str, text: &str) -> Result<Saved, UserError> {
    let foreign = || {
        let what = "is not a conversation that this page saved: it lacks the word that says so";
        user_error(name, what)
    };
    let _: IgnoredAny = serde_json::from_str(text)
        .map_err(|error| user_error(name, &format!("is not JSON ({error})")))?;
    // What does not even have such a head is somebody else's JSON.
    let head: Head = serde_json::from_str(text).map_err(|_| foreign())?;
    if head.format.as_deref() != Some(FORMAT) {
        return Err(foreign());
    }
    if head.version != Some(VERSION) {
        let found = head
            .version
            .map_or_else(|| "none".to_owned(), |version| version.to_string());
        return Err(user_error(
            name,
            &format!("has version {found} of the format, and this page reads version {VERSION}"),
        ));
    }
    let saved: Saved = serde_json::from_str(text)
        .map_err(|error| user_error(name, &format!("is damaged ({error})")))?;
    check(&saved).map_err(|what| user_error(name, &format!("is damaged ({what})")))?;
    Ok(saved)
}

/// A sentence about a file that cannot be opened.
pub(crate) fn user_error(name: &str, what: &str) -> UserError {
    UserError::new(
        format!("{name} {what}."),
        "Open a conversation that was saved here as JSON, or an image.",
        Remedy::ChooseFile,
    )
}

fn check(saved: &Saved) -> Result<(), &'static str> {
    let hash = saved.model.sha256.as_bytes();
    // Empty where no model was loaded when it was saved.
    if !hash.is_empty() && (hash.len() != 64 || !hash.iter().all(u8::is_ascii_hexdigit)) {
        return Err("the hash of its model is no SHA-256");
    }
    if saved.images.len() > MOST_PARTS || saved.turns.len() > MOST_PARTS {
        return Err("it has more than 2000 images or turns");
    }
    let mut pixels = 0;
    for image in &saved.images {
        pixels += pixels_of(image)?;
        if pixels > MOST_PIXELS {
            return Err("its images have more than 268 million pixels");
        }
    }
    let (images, turns) = (saved.images.len(), &saved.turns);
    turns
        .iter()
        .enumerate()
        .try_for_each(|(place, turn)| check_turn(turn, &turns[..place], images))
}

fn check_turn(turn: &SavedTurn, before: &[SavedTurn], images: usize) -> Result<(), &'static str> {
    let is_ask = |turn: &SavedTurn| matches!(turn.result, SavedResult::Ask { .. });
    if turn.images.iter().any(|image| *image >= images) {
        return Err("a turn names an image that is not there");
    }
    let follows = |earlier: &usize| before.get(*earlier).is_some_and(is_ask);
    if !turn.earlier.iter().all(follows) {
        return Err("a turn follows up on one that is no question before it");
    }
    // A variation belongs to a painting that is none itself.
    let belongs = |first: usize| {
        before
            .get(first)
            .is_some_and(|first| !is_ask(first) && first.first.is_none())
    };
    if !turn.first.is_none_or(belongs) || (is_ask(turn) && turn.first.is_some()) {
        return Err("a variation belongs to no painting before it");
    }
    match &turn.result {
        SavedResult::Ask {
            settings,
            answer,
            token_probabilities,
            attention,
            trials,
        } => {
            check_tokens(token_probabilities, answer)?;
            if trials.len() > MOST_PARTS {
                return Err("it has more than 2000 images or turns");
            }
            for trial in trials {
                check_tokens(&trial.token_probabilities, &trial.answer)?;
                if trial.other.is_some_and(|image| image >= images) {
                    return Err("a turn names an image that is not there");
                }
            }
            for looked in attention {
                let patches = looked.attention.rows.checked_mul(looked.attention.columns);
                let fits = patches == Some(looked.attention.weights.len())
                    && patches.is_some_and(|patches| (1..=MOST_PATCHES).contains(&patches))
                    && looked.image < images;
                if !fits {
                    return Err("the patches of an answer do not fit its image");
                }
                // Shares of the attention.
                let mut weights = looked.attention.weights.iter();
                if !weights.all(|weight| (0.0..=1.0).contains(weight)) {
                    return Err("an attention map has a weight that is no share");
                }
            }
            let possible = settings
                .temperature
                .is_none_or(|temperature| temperature > 0.0 && temperature <= 100.0)
                && (1..=MOST_COUNT).contains(&settings.max_tokens);
            possible.then_some(()).ok_or("a setting is impossible")
        }
        SavedResult::Make { settings, made } => {
            if made.is_some_and(|image| image >= images) {
                return Err("a turn made an image that is not there");
            }
            let counts = [settings.width, settings.height, settings.steps];
            let guidance = [settings.cfg_text, settings.cfg_image];
            let possible = counts.iter().all(|count| (1..=MOST_COUNT).contains(count))
                && guidance.iter().all(|scale| (0.0..=100.0).contains(scale));
            possible.then_some(()).ok_or("a setting is impossible")
        }
    }
}

fn check_tokens(tokens: &[(usize, f32)], answer: &str) -> Result<(), &'static str> {
    let mut end = 0;
    for (token, probability) in tokens {
        if *token < end || *token > answer.len() || !(0.0..=1.0).contains(probability) {
            return Err("the tokens of an answer do not fit it");
        }
        end = *token;
    }
    Ok(())
}

/// Width times height of an image, as its header says.
fn pixels_of(image: &SavedImage) -> Result<u64, &'static str> {
    // Signature, length and name of the header, then width and height: 24 bytes are 32 letters, unless some are padding.
    let head = image.png.get(..32).and_then(base64::decode);
    let side = |bytes: &[u8]| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    match head {
        Some(head)
            if head.len() == 24
                && head.starts_with(b"\x89PNG\r\n\x1a\n")
                && &head[12..16] == b"IHDR" =>
        {
            let sides = [side(&head[16..20]), side(&head[20..24])];
            if sides.iter().all(|side| (1..=MOST_SIDE).contains(side)) {
                Ok(u64::from(sides[0]) * u64::from(sides[1]))
            } else {
                Err("an image has a side of 0 or more than 8192 pixels")
            }
        }
        _ => Err("an image is no PNG file"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::saved::form::{SavedStatus, tests::example};
    use unimed_protocol::encode;

    fn refused(text: &str) -> String {
        read("talk.json", text).expect_err("refused").what
    }

    #[test]
    fn what_was_saved_is_read() {
        assert_eq!(read("talk.json", &encode(&example())), Ok(example()));
    }

    #[test]
    fn files_that_are_something_else_are_named_and_refused() {
        assert!(refused("PK\u{3}\u{4}").starts_with("talk.json is not JSON ("));
        assert!(refused("").starts_with("talk.json is not JSON ("));
        for text in ["[]", "7", "{}", r#"{"format":"other"}"#] {
            assert!(refused(text).contains("is not a conversation that this page saved"));
        }
        let newer = encode(&example()).replace(r#""version":1"#, r#""version":2"#);
        assert_eq!(
            refused(&newer),
            "talk.json has version 2 of the format, and this page reads version 1."
        );
        let whole = encode(&example());
        assert!(refused(&whole[..whole.len() / 2]).contains("is not JSON"));
        let deep = "[".repeat(100_000);
        assert!(refused(&deep).contains("is not JSON"));
    }

    #[test]
    fn images_that_would_fill_the_memory_together_are_refused_before_any_is_decoded() {
        let claiming = |sides: [u32; 2], count| {
            let mut saved = example();
            let [width, height] = sides.map(u32::to_be_bytes);
            let head = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &width, &height].concat();
            saved.images[0]
                .png
                .replace_range(..32, &base64::encode(&head));
            let image = saved.images[0].clone();
            saved.images.resize(count, image);
            read("talk.json", &encode(&saved))
        };
        // One of them is a single pixel.
        assert!(claiming([8192, 8192], 4).is_ok());
        assert!(claiming([8192, 8192], 5).is_err());
        let user_error = claiming([8192, 8192], 60).expect_err("15 GiB");
        assert_eq!(
            user_error.what,
            "talk.json is damaged (its images have more than 268 million pixels)."
        );
    }

    #[test]
    fn a_header_that_ends_in_padding_is_refused() {
        for padding in ["=", "=="] {
            let mut saved = example();
            let from = 32 - padding.len();
            saved.images[0].png.replace_range(from..32, padding);
            assert!(refused(&encode(&saved)).contains("no PNG"), "{padding}");
        }
    }

    #[test]
    fn an_impossible_hash_weight_or_guidance_is_refused() {
        let edited = |edit: &dyn Fn(&mut Saved)| {
            let mut saved = example();
            edit(&mut saved);
            read("talk.json", &encode(&saved))
        };
        assert!(edited(&|saved| saved.model.sha256.clear()).is_ok());
        assert!(edited(&|saved| saved.model.sha256 = "00".into()).is_err());
        assert!(edited(&|saved| saved.model.sha256 = "x".repeat(64)).is_err());
        let weigh = |weight| {
            edited(&|saved| {
                if let SavedResult::Ask { attention, .. } = &mut saved.turns[0].result {
                    attention[0].attention.weights[0] = weight;
                }
            })
        };
        assert!(weigh(1.0).is_ok() && weigh(1.5).is_err() && weigh(-0.1).is_err());
        let guide = |scale| {
            edited(&|saved| {
                for turn in &mut saved.turns {
                    if let SavedResult::Make { settings, .. } = &mut turn.result {
                        settings.cfg_text = scale;
                    }
                }
            })
        };
        assert!(guide(6.0).is_ok() && guide(1e9).is_err() && guide(-1.0).is_err());
    }

    #[test]
    fn settings_that_no_page_offers_are_refused() {
        let mut saved = example();
        if let SavedResult::Ask { settings, .. } = &mut saved.turns[0].result {
            settings.max_tokens = 100_000;
        }
        assert!(refused(&encode(&saved)).contains("a setting is impossible"));
    }

    #[test]
    fn a_damaged_conversation_is_refused_with_what_is_wrong() {
        type Damage = fn(&mut Saved);
        let damages: [(Damage, &str); 11] = [
            (
                |saved| {
                    if let SavedResult::Ask { trials, .. } = &mut saved.turns[0].result {
                        trials[0].other = Some(2);
                    }
                },
                "not there",
            ),
            (
                |saved| {
                    if let SavedResult::Ask { trials, .. } = &mut saved.turns[0].result {
                        trials[0].answer.clear();
                    }
                },
                "tokens",
            ),
            (|saved| saved.turns[0].images = vec![2], "not there"),
            (|saved| saved.turns[0].earlier = vec![0], "follows up"),
            (|saved| saved.turns[1].first = Some(0), "variation"),
            (|saved| saved.images[0].png = "SGVsbG8=".into(), "no PNG"),
            (|saved| saved.images[0].png.clear(), "no PNG"),
            (
                |saved| {
                    let huge = "iVBORw0KGgoAAAANSUhEUgAA//8AAAAB";
                    saved.images[0].png.replace_range(..32, huge);
                },
                "8192 pixels",
            ),
            (|saved| saved.turns[0].status = SavedStatus::Error, ""),
            (
                |saved| {
                    if let SavedResult::Ask {
                        token_probabilities,
                        ..
                    } = &mut saved.turns[0].result
                    {
                        token_probabilities[1].0 = 9_999;
                    }
                },
                "tokens",
            ),
            (
                |saved| {
                    if let SavedResult::Ask { attention, .. } = &mut saved.turns[0].result {
                        attention[0].attention.rows = usize::MAX;
                    }
                },
                "patches",
            ),
        ];
        for (damage, says) in damages {
            let mut saved = example();
            damage(&mut saved);
            match read("talk.json", &encode(&saved)) {
                // A failed turn is no damage.
                Ok(_) => assert_eq!(says, ""),
                Err(user_error) => {
                    assert!(
                        !says.is_empty() && user_error.what.contains(says),
                        "{}",
                        user_error.what
                    );
                    assert!(user_error.what.starts_with("talk.json is damaged ("));
                }
            }
        }
    }
}
