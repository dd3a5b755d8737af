//! Where a worker reads model packages from, and where it keeps them in the browser.
//!
//! [`source`] turns a place (an address, a folder that the person picked, what the browser keeps) into a reader; [`opfs`]
//! keeps one package while it loads, chunk by checked chunk; [`kept`] knows all that are kept; [`trust`] remembers who signed
//! them. [`host`] is what reading and computing ask of the worker that they run in.

mod hash;
pub mod host;
mod http;
pub mod kept;
mod lock;
pub mod opfs;
mod picked_folder;
pub mod source;
mod stream;
pub mod trust;
