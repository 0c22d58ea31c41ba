//! The FTP protocol as pure functions and decoders: bytes in, values out.
//!
//! - [`reply`]: the control connection's bytes to whole replies.
//! - [`command`]: what the user asks for to one command line, and nothing more than one line.
//! - [`dialogue`]: what the server still has to say, and whose a reply is. [`confirmation`]: what it has said about the end of a transfer.
//! - [`address`]: data connection addresses, read from 227 and 229 and written for PORT and EPRT.
//! - [`codes`]: the reply codes whose number means something.
//! - [`entries`]: the entries of a listing, as its text comes.
//! - [`features`]: what a server can do, as it tells itself.
//! - [`facts`]: the lines of an MLSD listing.
//! - [`glob`]: patterns of paths.
//! - [`hashes`]: hashes of files, asked for and read.
//! - [`kept`]: entries that outlive their listing.
//! - [`listing`]: listings of any server.
//! - [`mlst`]: what the reply to MLST tells of one path.
//! - [`modes`]: the commands that set the mode of a file.
//! - [`offsets`]: how far a server's clock is from UTC.
//! - [`path`]: the directory name in a 257 reply.
//! - [`pin`]: pins of public keys as text.
//! - [`size`]: the file size in a 150 or 213 reply.
//! - [`system`]: what servers on some systems have to be told, and how their paths are joined.
//! - [`charset`]: the encoding of names and text on the wire.
//! - [`telnet`]: Telnet commands on the control connection, in both directions.
//! - [`text`]: line ends of text transfers, in both directions.
//! - [`times`]: the time of a file, as MDTM tells it, and the commands that set it.
//! - [`unique`]: the name that the server has given a file.
//! - [`url`]: URLs of FTP.
//! - [`verb`]: all that is known of a command by its first word.
//!
//! Text is bytes throughout: nothing obliges a server to name its files in UTF-8.

pub mod address;
pub mod charset;
pub mod codes;
pub mod command;
pub mod confirmation;
pub mod dialogue;
pub mod entries;
pub mod facts;
pub mod features;
mod find;
pub mod glob;
pub mod hashes;
pub mod kept;
pub mod listing;
pub mod mlst;
pub mod modes;
pub mod offsets;
pub mod ordered;
pub mod path;
pub mod pin;
pub mod reply;
pub mod size;
mod spare;
pub mod system;
pub mod telnet;
pub mod text;
pub mod times;
pub mod transfer_type;
pub mod unique;
pub mod url;
pub mod verb;
