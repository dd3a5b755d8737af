//! Whole folders: removed, copied.

use std::fs;
use std::path::Path;

use crate::error::Error;

/// Removes a folder with what is in it; none is as good.
pub(crate) fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::file(folder)(error))
        }
        _ => Ok(()),
    }
}

/// Copies the contents of a folder, which may hold folders, into another.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    fs::create_dir_all(to).map_err(Error::file(to))?;
    for entry in fs::read_dir(from).map_err(Error::file(from))? {
        let entry = entry.map_err(Error::file(from))?;
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            self::copy(&path, &copy)?;
        } else {
            fs::copy(&path, &copy).map_err(Error::file(&path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_copied_with_what_is_in_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("in")).expect("a folder");
        fs::write(from.join("in/a"), "a").expect("writes");
        copy(&from, &to).expect("copies");
        assert_eq!(fs::read_to_string(to.join("in/a")).expect("is there"), "a");
        remove(&to).expect("is removed");
        remove(&to).expect("is not there, which is as good");
        assert!(!to.exists());
    }
}
