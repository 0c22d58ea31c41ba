//! Whether the target shows what was added to it.
//!
//! Some servers and file systems give a file another name than they were told. What has that name is not in the source, so the next
//! mirror would delete what this one has added.

use std::collections::HashSet;

use crate::client::Client;
use crate::client::calls::mirror::telling::Telling;
use crate::client::calls::mirror::trees::Trees;
use crate::client::mirror::{Act, Folder, Step, read_folder};
use crate::error::Result;
use crate::printable::printable;
use crate::protocol::listing::Entry;
use crate::protocol::path::{last_part, parent};
use crate::protocol::verb::Direction;

impl Client {
    /// Before anything is deleted: each directory in which something was added, and something is to be deleted, is listed once more. If it
    /// does not show what was added, nothing in it is deleted.
    pub(super) async fn look_for_added(
        &mut self,
        trees: &Trees<'_>,
        telling: &mut Telling<'_>,
    ) -> Result<()> {
        let mut directories = HashSet::new();
        for step in trees.steps {
            if step.act == Act::Add && telling.was_done(step) {
                directories.insert(above(step).to_vec());
            }
            // Deletions come last.
            let directory = above(step);
            if step.act != Act::Delete || !directories.remove(directory) {
                continue;
            }
            let reason = match self.folder_again(trees, directory).await {
                Ok(folder) => match trees.steps.iter().find(|added| {
                    added.act == Act::Add
                        && above(added) == directory
                        && telling.was_done(added)
                        && !folder.entries.contains_key(last_part(&added.path))
                }) {
                    Some(added) => {
                        format!("{} was added, and the target shows no such name", printable(&added.path))
                    }
                    None => continue,
                },
                Err(error) => {
                    self.go_on_with_others(error).await?;
                    "the directory it is in could not be listed again".to_owned()
                }
            };
            telling.keep_all_in(directory, &reason);
        }
        Ok(())
    }

    async fn folder_again(&mut self, trees: &Trees<'_>, directory: &[u8]) -> Result<Folder> {
        let takes = &mut |_: &Entry<'_>| true;
        if let (Direction::FromServer, Some(root)) = (trees.direction, trees.root) {
            return read_folder(root, directory, takes);
        }
        let root = &trees.wanted.remote;
        let remote = match directory {
            b"" => root.clone(),
            _ => self.session()?.path_below(root, directory, true)?,
        };
        Ok(self.list_for_mirror(directory, &remote, false, takes).await?.folder)
    }
}

fn above(step: &Step) -> &[u8] {
    parent(&step.path).unwrap_or_default()
}
