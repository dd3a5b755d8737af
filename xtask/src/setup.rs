//! Installs what a command needs and this machine lacks.

use crate::error::Error;
use crate::place::Place;
use crate::tools::{BUILD, TEST, Tool};

/// Makes sure that the site can be built.
pub(crate) fn for_build(place: &Place) -> Result<(), Error> {
    ensure(place, &BUILD)
}

/// Makes sure that everything can be tested.
pub(crate) fn for_test(place: &Place) -> Result<(), Error> {
    ensure(place, &BUILD)?;
    ensure(place, &TEST)
}

fn ensure(place: &Place, tools: &[Tool]) -> Result<(), Error> {
    for tool in tools {
        if (tool.find)(place).is_some() {
            continue;
        }
        println!(
            "{} is missing (needed {}); installing it",
            tool.name, tool.purpose
        );
        (tool.install)(place)?;
        if (tool.find)(place).is_none() {
            return Err(Error::Missing {
                what: tool.name.to_owned(),
                remedy: format!(
                    "it was installed but is still not found; try by hand: {}",
                    (tool.plan)(place)
                ),
            });
        }
    }
    Ok(())
}
