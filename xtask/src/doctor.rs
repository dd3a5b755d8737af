//! Lists what this machine has, what it lacks, and what set-up would run; changes nothing.

use crate::place::Place;
use crate::tools::{BUILD, TEST};

/// Prints the list; true when nothing is missing.
pub(crate) fn run(place: &Place) -> bool {
    let mut complete = true;
    for (title, tools) in [("to build and serve", &BUILD[..]), ("to test", &TEST[..])] {
        println!("{title}:");
        for tool in tools {
            match (tool.find)(place) {
                Some(found) => println!("  ok       {:14} {found}", tool.name),
                None => {
                    complete = false;
                    println!("  missing  {:14} {}", tool.name, tool.purpose);
                    println!("           would run: {}", (tool.plan)(place));
                }
            }
        }
    }
    println!("tools are kept in {}", place.tools().display());
    if !complete {
        println!("`cargo xtask serve` and `cargo xtask test` install what they need by themselves");
    }
    complete
}
