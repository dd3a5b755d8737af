//! Opens files together and writes what they hold into a folder, the last argument: `report.json` and the raw numbers of
//! `unimed read --dump`. The differential check (tests/conformance/differential.py) calls it for each file, without the model
//! that the whole command brings along.

use std::error::Error;
use std::path::PathBuf;

use unimed_imaging::report::{Report, dumps};
use unimed_imaging::{Limits, Opener};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let Some((folder, files)) = arguments
        .split_last()
        .filter(|(_, files)| !files.is_empty())
    else {
        return Err("two arguments are needed at least: a file and a folder to write to".into());
    };
    let mut opener = Opener::new(Limits::default());
    for file in files {
        opener.add(&file.to_string_lossy(), std::fs::read(file)?);
    }
    let opened = opener.finish();
    let report = serde_json::to_string(&Report::of(&opened))?;
    std::fs::write(folder.join("report.json"), report)?;
    for (number, series) in opened.series.iter().enumerate() {
        dumps(number, series, |dump| -> Result<(), Box<dyn Error>> {
            Ok(std::fs::write(folder.join(dump.name), dump.bytes)?)
        })?;
    }
    Ok(())
}
