//! The worker that keeps models, for the page's model manager: lists, fetches, checks and removes them.
//!
//! It is a program of its own, so that a download goes on while the engine answers or is replaced, and so that the manager
//! opens without the engine's program.

mod entry;
mod models;
mod no_room;
mod plan;
mod rate;
mod signed;

use models::Models;
use unimed_protocol::ToModels;
use unimed_web::worker::serve;

fn main() {
    let models = Models::new();
    serve(move |request: ToModels, message| models.hear(request, &message));
}
