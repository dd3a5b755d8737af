//! The page with lessons: its player is compiled, its lessons are checked, and the list of them is written.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use unimed_lesson::{Front, Lesson};

use crate::compact;
use crate::error::Error;
use crate::folder;
use crate::place::Place;
use crate::shell::{command, run};
use crate::web_package::{compiler, install};

/// The page.
pub(crate) const PAGE: &str = "lesson.html";

/// The player's folder in `dist/`.
const PLAYER: &str = "player";

/// The folder of the lessons, in the repository and in `dist/`.
const LESSONS: &str = "lessons";

/// Before this tag stand the player's modules, so that the browser compares their hashes before the first is run.
const FIRST_SCRIPT: &str = "<script src=\"lesson-boot.js\">";

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

    let sources = place.root.join("js");
    let player = dist.join(PLAYER);
    folder::remove(&player)?;
    install(&sources)?;
    let mut compile = command(compiler(&sources), ["--project"]);
    compile
        .arg(sources.join("lessons"))
        .arg("--outDir")
        .arg(&player);
    run(&mut compile)?;
    folder::copy(
        &sources.join("lessons/workers"),
        &player.join("src/workers"),
    )?;

    for (from, to) in [
        ("app/style/lesson.css", "lesson.css"),
        ("public/lesson-boot.js", "lesson-boot.js"),
        (PAGE, PAGE),
    ] {
        let path = place.root.join(from);
        let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
        let text = match to {
            PAGE => with_modules(&text, &modules(dist, LESSONS)?, FIRST_SCRIPT),
            "lesson.css" => compact::css(&text),
            _ => text,
        };
        let path = dist.join(to);
        fs::write(&path, text).map_err(Error::file(&path))?;
    }
    Ok(())
}

/// All that a visitor of the page loads before the first lesson, but for the worker's program.
pub(crate) fn files(dist: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut all: Vec<PathBuf> = [PAGE, "lesson.css", "lesson-boot.js"]
        .map(|name| dist.join(name))
        .into();
    let modules = modules(dist, LESSONS)?;
    all.extend(modules.into_iter().map(|name| dist.join(name)));
    Ok(all)
}

/// The modules of a page, as it names them: those of the package, and its own, which lie in the folder `own` of the player.
pub(crate) fn modules(dist: &Path, own: &str) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for part in ["src", own] {
        let folder = dist.join(PLAYER).join(part);
        for entry in fs::read_dir(&folder).map_err(Error::file(&folder))? {
            let name = entry.map_err(Error::file(&folder))?.file_name();
            let name = name.to_string_lossy();
            if name.ends_with(".js") {
                found.push(format!("{PLAYER}/{part}/{name}"));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The page with links to its modules before its first script.
pub(crate) fn with_modules(html: &str, modules: &[String], first_script: &str) -> String {
    let links: String = modules
        .iter()
        .map(|module| format!("<link rel=\"modulepreload\" href=\"{module}\">\n    "))
        .collect();
    html.replacen(first_script, &format!("{links}{first_script}"), 1)
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
    use crate::policy::{Policy, inline_script};
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

    #[test]
    fn the_page_has_the_sites_policy_no_script_of_its_own_and_names_its_modules_first() {
        let root = Place::find().root;
        let html = fs::read_to_string(root.join(PAGE)).expect("is there");
        let policy = Policy::read(&root).expect("is right");
        assert!(
            html.contains(&format!("content=\"{}\"", policy.meta())),
            "{}",
            policy.meta()
        );
        assert_eq!(inline_script(&html), None);
        let done = with_modules(&html, &["player/src/a.js".to_owned()], FIRST_SCRIPT);
        let place = |text: &str| done.find(text).expect("is there");
        assert!(place("href=\"player/src/a.js\"") < place("<script"));
    }
}
