//! The page with lessons: its player is compiled, its lessons are checked, and the list of them is written.

use std::fs;
use std::path::Path;

use serde_json::json;
use unimed_lesson::{Front, Lesson};

use crate::error::Error;
use crate::folder;
use crate::place::Place;
use crate::second_page::{PLAYER, SecondPage};

/// The page.
pub(crate) const PLAYED: SecondPage = SecondPage {
    page: "lesson.html",
    boot: "second-boot.js",
    styles: &["lesson.css"],
    sources: LESSONS,
    shared: &[],
};

/// The folder of the lessons, in the repository and in `dist/`.
const LESSONS: &str = "lessons";

/// Writes the page, its player and its lessons into `dist`.
///
/// # Errors
///
/// [`Error::Content`] of a lesson that is not right.
pub(crate) fn write(place: &Place, dist: &Path) -> Result<(), Error> {
    let lessons = read_all(&place.root)?;
    let list = dist.join(LESSONS);
    folder::remove(&list)?;
    folder::copy(&place.root.join(LESSONS), &list)?;
    let path = list.join("index.json");
    fs::write(&path, index(&lessons)).map_err(Error::file(&path))?;

    folder::remove(&dist.join(PLAYER))?;
    PLAYED.write(place, dist)
}

/// Every lesson of the repository, in the order of the list, each read and checked.
pub(crate) fn read_all(root: &Path) -> Result<Vec<Lesson>, Error> {
    let mut all = Vec::new();
    for language in ["en", "zh"] {
        let folder = root.join(LESSONS).join(language);
        for entry in fs::read_dir(&folder).map_err(Error::file(&folder))? {
            let path = entry.map_err(Error::file(&folder))?.path();
            let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
            let wrong = |found: String| Error::Content {
                path: path.clone(),
                expected: "a lesson".to_owned(),
                found,
                remedy: "docs/guides/lessons.md says how one is written",
            };
            let lesson = unimed_lesson::read(&text).map_err(|error| wrong(error.to_string()))?;
            unimed_lesson::check(&lesson).map_err(|error| wrong(error.to_string()))?;
            let Front {
                id, language: own, ..
            } = &lesson.front;
            if path.file_stem().is_none_or(|stem| stem != id.as_str()) || own != language {
                return Err(wrong(format!(
                    "the lesson {id:?} in {own:?}, which belongs to lessons/{own}/{id}.md"
                )));
            }
            all.push(lesson);
        }
    }
    all.sort_by(|a, b| key(a).cmp(&key(b)));
    Ok(all)
}

fn key(lesson: &Lesson) -> (&str, u32, &str) {
    let front = &lesson.front;
    (&front.language, front.number, &front.id)
}

/// What the page's list shows.
fn index(lessons: &[Lesson]) -> String {
    let entries: Vec<_> = lessons
        .iter()
        .map(|Lesson { front, .. }| {
            json!({
                "id": front.id, "title": front.title, "language": front.language, "minutes": front.minutes,
            })
        })
        .collect();
    format!("{:#}\n", json!(entries))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_lesson_is_right_there_in_both_languages_and_shows_pictures_that_exist() {
        let root = Place::find().root;
        let lessons = read_all(&root).expect("all are right");
        let of = |language: &str| -> BTreeSet<&str> {
            let own = lessons
                .iter()
                .filter(|lesson| lesson.front.language == language);
            own.map(|lesson| lesson.front.id.as_str()).collect()
        };
        assert_eq!(of("en"), of("zh"));
        assert_eq!(lessons.len(), 2 * of("en").len());
        for lesson in &lessons {
            for content in lesson.steps.iter().flat_map(|step| &step.contents) {
                if let unimed_lesson::Block::Picture(picture) = &content.block {
                    assert!(
                        root.join("public/samples").join(&picture.file).is_file(),
                        "{}",
                        picture.file
                    );
                }
            }
        }
        let list: serde_json::Value = serde_json::from_str(&index(&lessons)).expect("JSON");
        assert_eq!(list.as_array().map(Vec::len), Some(lessons.len()));
    }
}
