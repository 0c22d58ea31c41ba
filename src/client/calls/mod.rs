//! The public methods of [`Client`](super::Client), by subject. Those that need a session borrow it, and do their work there.

mod batch;
mod commands;
mod connecting;
mod copy;
mod descriptors;
mod entries;
mod files;
mod memory;
mod metadata;
mod mirror;
mod open;
mod opened;
mod pool;
mod reconnect;
mod security;
mod settings;
mod tell;
mod transfers;
mod trees;
