//! Lessons for classrooms: a folder that any web server can serve without internet, and the same as a zip that learning
//! platforms load (SCORM 1.2).

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use zip::write::{SimpleFileOptions, ZipWriter};

use crate::error::Error;
use crate::folder;
use crate::lessons::{self, read_all};
use crate::place::Place;
use unimed_lesson::Lesson;

/// What lessons need of the site.
const FILES: [&str; 14] = [
    "checked.js",
    "engine.js",
    "second-boot.js",
    "lesson.css",
    "lesson.html",
    "lessons.js",
    "lessons_bg.wasm",
    "lessons_loader.js",
    "thread.js",
    "threads.js",
    "threads_bg.wasm",
    "worker.js",
    "worker_bg.wasm",
    "worker_loader.js",
];

/// Folders that lessons need of the site.
const FOLDERS: [&str; 5] = ["icons", "lessons", "model", "player", "samples"];

/// The name that the standard gives to a package's list.
const MANIFEST: &str = "imsmanifest.xml";

/// Writes the folder, and the zip beside it.
///
/// # Errors
///
/// [`Error::Content`] where the folder holds something already.
pub(crate) fn write(place: &Place, to: &Path) -> Result<(), Error> {
    if fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Error::Content {
            path: to.to_owned(),
            expected: "no folder, or an empty one".to_owned(),
            found: "files".to_owned(),
            remedy: "name another folder",
        });
    }
    let dist = place.dist();
    fs::create_dir_all(to).map_err(Error::file(to))?;
    for name in FILES {
        let from = dist.join(name);
        fs::copy(&from, to.join(name)).map_err(Error::file(&from))?;
    }
    for name in FOLDERS {
        folder::copy(&dist.join(name), &to.join(name))?;
    }
    let page = to.join(lessons::PLAYED.page);
    let html = fs::read_to_string(&page).map_err(Error::file(&page))?;
    let all = read_all(&place.root)?;
    for lesson in &all {
        let path = to.join(page_of(lesson));
        fs::write(&path, with_lesson(&html, lesson)).map_err(Error::file(&path))?;
    }
    let path = to.join(MANIFEST);
    fs::write(&path, manifest(&all)).map_err(Error::file(&path))?;
    let archive = to.with_extension("zip");
    pack(to, &archive)?;
    println!(
        "{} lessons are in {} and in {}",
        all.len(),
        to.display(),
        archive.display()
    );
    Ok(())
}

fn page_of(lesson: &Lesson) -> String {
    format!("{}-{}.html", lesson.front.language, lesson.front.id)
}

/// The page with one lesson: platforms open files, not places within one.
fn with_lesson(html: &str, lesson: &Lesson) -> String {
    let of = format!(
        "<html data-lesson=\"{}/{}\" ",
        lesson.front.language, lesson.front.id
    );
    html.replacen("<html ", &of, 1)
}

fn manifest(lessons: &[Lesson]) -> String {
    let (mut items, mut resources) = (String::new(), String::new());
    for lesson in lessons {
        let page = page_of(lesson);
        let name = page.trim_end_matches(".html");
        let title = escaped(&lesson.front.title);
        items += &format!(
            "      <item identifier=\"item-{name}\" identifierref=\"{name}\"><title>{title}</title></item>\n"
        );
        resources += &format!(
            "    <resource identifier=\"{name}\" type=\"webcontent\" adlcp:scormtype=\"sco\" href=\"{page}\"><file href=\"{page}\"/></resource>\n"
        );
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <manifest identifier=\"unimed-lessons\" version=\"1.0\" xmlns=\"http://www.imsproject.org/xsd/imscp_rootv1p1p2\" \
         xmlns:adlcp=\"http://www.adlnet.org/xsd/adlcp_rootv1p2\">\n  \
         <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>\n  \
         <organizations default=\"lessons\">\n    <organization identifier=\"lessons\">\n      \
         <title>UniMed: lessons in reading medical images</title>\n{items}    </organization>\n  </organizations>\n  \
         <resources>\n{resources}  </resources>\n</manifest>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Packs a folder, so that its files lie at the archive's root.
fn pack(folder: &Path, archive: &Path) -> Result<(), Error> {
    let wrong = |error: std::io::Error| Error::file(archive)(error);
    let mut writer = ZipWriter::new(File::create(archive).map_err(wrong)?);
    let mut files = Vec::new();
    list(folder, &mut files)?;
    files.sort();
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(&file);
        let name = name
            .to_string_lossy()
            .replace(std::path::MAIN_SEPARATOR, "/");
        let bytes = fs::read(&file).map_err(Error::file(&file))?;
        // No dates: the same lessons make the same archive.
        writer
            .start_file(name, SimpleFileOptions::default())
            .map_err(|error| wrong(error.into()))?;
        writer.write_all(&bytes).map_err(wrong)?;
    }
    writer.finish().map_err(|error| wrong(error.into()))?;
    Ok(())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::file(folder))? {
        let path = entry.map_err(Error::file(folder))?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lesson_is_an_item_with_a_page_of_its_own() {
        let place = Place::find();
        let all = read_all(&place.root).expect("all are right");
        let text = manifest(&all);
        assert_eq!(text.matches("<item ").count(), all.len());
        assert_eq!(text.matches("adlcp:scormtype=\"sco\"").count(), all.len());
        assert!(text.contains("<schemaversion>1.2</schemaversion>"));
        let page = with_lesson("<!doctype html><html lang=\"en\">", &all[0]);
        assert!(page.contains(&format!(
            "<html data-lesson=\"en/{}\" lang",
            all[0].front.id
        )));
    }

    #[test]
    fn an_archive_holds_the_folders_files_at_its_root() {
        let place = tempfile::tempdir().expect("a folder");
        let from = place.path().join("from");
        fs::create_dir_all(from.join("in")).expect("a folder");
        fs::write(from.join(MANIFEST), "a").expect("writes");
        fs::write(from.join("in/b"), "b").expect("writes");
        let archive = place.path().join("from.zip");
        pack(&from, &archive).expect("packs");
        let read =
            zip::ZipArchive::new(File::open(&archive).expect("is there")).expect("an archive");
        let names = read
            .file_names()
            .map(|name| name.expect("a name").into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        assert_eq!(names, [MANIFEST, "in/b"]);
    }

    #[test]
    fn titles_cannot_end_an_element() {
        assert_eq!(escaped("a < b & c"), "a &lt; b &amp; c");
    }
}
