//! A file that says it is a saved conversation: read as a stranger's, for anybody may have written it. Nothing in it is
//! run or fetched; what does not fit is refused with a sentence.

use super::{
    base64,
    form::{FORMAT, Saved, SavedImage, SavedResult, SavedTurn, VERSION},
};
use serde::{Deserialize, de::IgnoredAny};
use unimed_protocol::{Remedy, Trouble};

/// Largest file, in bytes.
pub(super) const MOST_BYTES: f64 = 256e6;
/// Turns and images at most.
const MOST_PARTS: usize = 2_000;
/// Longest side of an image, in pixels.
const MOST_SIDE: u32 = 8_192;
/// Patches in which an answer can look, at most.
const MOST_PATCHES: usize = 65_536;
/// Longest answer, steps and side of a painting in a file, at most.
const MOST_COUNT: usize = 100_000;

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
pub(super) fn read(name: &str, text: &str) -> Result<Saved, Trouble> {
    let foreign = || {
        let what = "is not a conversation that this page saved: it lacks the word that says so";
        trouble(name, what)
    };
    let _: IgnoredAny = serde_json::from_str(text)
        .map_err(|error| trouble(name, &format!("is not JSON ({error})")))?;
    // What does not even have such a head is somebody else's JSON.
    let head: Head = serde_json::from_str(text).map_err(|_| foreign())?;
    if head.format.as_deref() != Some(FORMAT) {
        return Err(foreign());
    }
    if head.version != Some(VERSION) {
        let found = head
            .version
            .map_or_else(|| "none".to_owned(), |version| version.to_string());
        return Err(trouble(
            name,
            &format!("has version {found} of the format, and this page reads version {VERSION}"),
        ));
    }
    let saved: Saved = serde_json::from_str(text)
        .map_err(|error| trouble(name, &format!("is damaged ({error})")))?;
    check(&saved).map_err(|what| trouble(name, &format!("is damaged ({what})")))?;
    Ok(saved)
}

/// A sentence about a file that cannot be opened.
pub(super) fn trouble(name: &str, what: &str) -> Trouble {
    Trouble::new(
        format!("{name} {what}."),
        "Open a conversation that was saved here as JSON, or an image.",
        Remedy::ChooseFile,
    )
}

fn check(saved: &Saved) -> Result<(), &'static str> {
    if saved.images.len() > MOST_PARTS || saved.turns.len() > MOST_PARTS {
        return Err("it has more than 2000 images or turns");
    }
    saved.images.iter().try_for_each(check_image)?;
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
            sure,
            gaze,
        } => {
            let mut end = 0;
            for (token, probability) in sure {
                if *token < end || *token > answer.len() || !(0.0..=1.0).contains(probability) {
                    return Err("the tokens of an answer do not fit it");
                }
                end = *token;
            }
            for looked in gaze {
                let patches = looked.gaze.rows.checked_mul(looked.gaze.columns);
                let fits = patches == Some(looked.gaze.weights.len())
                    && patches.is_some_and(|patches| (1..=MOST_PATCHES).contains(&patches))
                    && looked.image < images;
                if !fits {
                    return Err("the patches of an answer do not fit its image");
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
            let possible = counts.iter().all(|count| (1..=MOST_COUNT).contains(count));
            possible.then_some(()).ok_or("a setting is impossible")
        }
    }
}

fn check_image(image: &SavedImage) -> Result<(), &'static str> {
    // Signature, length and name of the header, then width and height: 24 bytes are 32 letters.
    let head = image.png.get(..32).and_then(base64::decode);
    let side = |bytes: &[u8]| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    match head {
        Some(head) if head.starts_with(b"\x89PNG\r\n\x1a\n") && &head[12..16] == b"IHDR" => {
            let sides = [side(&head[16..20]), side(&head[20..24])];
            let fits = sides.iter().all(|side| (1..=MOST_SIDE).contains(side));
            fits.then_some(())
                .ok_or("an image has a side of 0 or more than 8192 pixels")
        }
        _ => Err("an image is no PNG file"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::form::{SavedStatus, tests::example};
    use super::*;
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
    fn a_damaged_conversation_is_refused_with_what_is_wrong() {
        type Damage = fn(&mut Saved);
        let damages: [(Damage, &str); 9] = [
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
                    if let SavedResult::Ask { sure, .. } = &mut saved.turns[0].result {
                        sure[1].0 = 9_999;
                    }
                },
                "tokens",
            ),
            (
                |saved| {
                    if let SavedResult::Ask { gaze, .. } = &mut saved.turns[0].result {
                        gaze[0].gaze.rows = usize::MAX;
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
                Err(trouble) => {
                    assert!(
                        !says.is_empty() && trouble.what.contains(says),
                        "{}",
                        trouble.what
                    );
                    assert!(trouble.what.starts_with("talk.json is damaged ("));
                }
            }
        }
    }
}
