//! Files of this machine: how one comes to be under its name only when it is whole, and how a change of one is noticed.
//!
//! Nothing here knows of FTP. The calls may block, as calls on regular files do everywhere.

mod directory;
mod in_place;
mod name;
mod part;
mod place;
mod root;
mod source;

pub use directory::{Directory, Identity, Kind, Status};
pub use in_place::InPlace;
pub use name::{is_part, part_of};
pub use part::{Part, Replace};
pub use place::Place;
pub use root::Root;
pub use source::Source;
