//! Opens one file as the page does and writes what it holds into a folder: `report.json` and the raw numbers of `unimed read --dump`.
//! The differential check (tests/conformance/differential.py) calls it for each file, without the model that the whole command
//! brings along.

use std::error::Error;
use std::path::PathBuf;

use unimed_imaging::report::{Report, dumps};
use unimed_imaging::{Limits, Opener};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(file), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("two arguments are needed: a file and a folder to write to".into());
    };
    let mut opener = Opener::new(Limits::default());
    opener.add(&file.to_string_lossy(), std::fs::read(&file)?);
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
