//! Many commands at once come to what each of them comes to by itself: the results, the replies, and what is on the server's disk.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::time::{Duration, SystemTime};

use ftpclient::client::{Batch, BatchFate, BatchJob, BatchResult, BatchValue, Client, LogKind};
use ftpclient::error::Error;

use super::calls::{command, pattern, pwd};
use super::drive::Drive;

/// In seconds since 1970.
const TIME: u64 = 1_579_091_400;
const ROUNDS: usize = 4;

/// In one directory: files to ask for, to delete and to rename, and directories with and without something in them.
fn plant(root: &Path) {
    let owner = fs::metadata(root).unwrap();
    let own = |path: &Path| chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
    let base = root.join("at once");
    let _ = fs::remove_dir_all(&base);
    let directories = (0..ROUNDS).flat_map(|round| [format!("full{round}"), format!("empty{round}")]);
    for name in [String::new()].into_iter().chain(directories) {
        fs::create_dir(base.join(&name)).unwrap();
        own(&base.join(&name));
    }
    for round in 0..ROUNDS {
        for name in
            [format!("file{round}"), format!("gone{round}"), format!("old{round}"), format!("full{round}/f")]
        {
            let path = base.join(name);
            fs::write(&path, pattern(100 + round)).unwrap();
            own(&path);
            let file = fs::File::options().append(true).open(&path).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(TIME + round as u64)).unwrap();
        }
    }
}

/// The names that are there.
fn found(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root.join("at once")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every other one fails. What only asks for times comes last: changes wait for it.
fn jobs() -> Vec<BatchJob> {
    let path = |name: &str, round: usize| format!("at once/{name}{round}").into_bytes();
    let changes = (0..ROUNDS).flat_map(|round| {
        let path = |name| path(name, round);
        [
            BatchJob::Size(path("file")),
            BatchJob::Size(path("missing")),
            BatchJob::Delete(path("gone")),
            BatchJob::Delete(path("gone")),
            BatchJob::MakeDirectory(path("made")),
            BatchJob::MakeDirectory(path("file")),
            BatchJob::RemoveDirectory(path("empty")),
            BatchJob::RemoveDirectory(path("full")),
            BatchJob::Size(path("gone")),
            BatchJob::Size(path("old")),
        ]
    });
    let renamings = (0..2).flat_map(|round| {
        let path = |name| path(name, round);
        [
            BatchJob::Rename { from: path("old"), to: path("new") },
            BatchJob::Rename { from: path("missing"), to: path("not made") },
            BatchJob::Size(path("new")),
            BatchJob::Command(command("XYZZY")),
        ]
    });
    let times = (0..ROUNDS).flat_map(|round| [path("file", round), path("missing", round)]);
    changes.chain(renamings).chain(times.map(BatchJob::Modified)).collect()
}

/// What comes of each by itself.
fn alone(client: &mut Client, job: &BatchJob) -> String {
    let done = client.run(async |client| {
        Ok(match job {
            BatchJob::Size(path) => format!("{:?}", client.size(path).await?),
            BatchJob::Modified(path) => format!("{:?}", client.modified(path).await?),
            BatchJob::MakeDirectory(path) => String::from_utf8_lossy(&client.mkd(path).await?).into_owned(),
            BatchJob::Delete(path) => client.delete(path).await.map(|_| "done".into())?,
            BatchJob::RemoveDirectory(path) => client.rmd(path).await.map(|_| "done".into())?,
            BatchJob::Rename { from, to } => client.rename(from, to).await.map(|_| "done".into())?,
            BatchJob::Command(command) => client.voidcmd(command).await.map(|_| "done".into())?,
            other => panic!("{other:?}"),
        })
    });
    done.unwrap_or_else(|error| error.to_string())
}

fn together(client: &mut Client, jobs: Vec<BatchJob>) -> Vec<String> {
    let batch = Batch::default();
    jobs.into_iter().for_each(|job| batch.add(job).unwrap());
    let mut told = Vec::new();
    let tell = &mut |result: BatchResult<'_>| {
        // What the server has no command for is not sent, here as alone.
        let is_unsupported = matches!(&result.outcome, Err(Error::Unsupported(_)));
        let fate = if is_unsupported { BatchFate::NotSent } else { BatchFate::Answered };
        assert_eq!((result.index, result.fate), (told.len(), fate));
        told.push(match result.outcome {
            Ok(BatchValue::Size(size)) => format!("{size:?}"),
            Ok(BatchValue::Modified(time)) => format!("{time:?}"),
            Ok(BatchValue::Path(path)) => String::from_utf8_lossy(path).into_owned(),
            Ok(_) => "done".into(),
            Err(error) => error.to_string(),
        });
        Ok(())
    };
    let outcome = client.run(async |client| client.run_batch(&batch, tell).await);
    assert!(matches!(outcome, Err(Error::Partial(_))), "{outcome:?}");
    told
}

/// Notes how many commands are on their way at once, at the most.
fn count_most(client: &mut Client) -> Arc<AtomicIsize> {
    let most = Arc::<AtomicIsize>::default();
    let (noted, mut now) = (most.clone(), 0);
    client.log_mut().sink = Some(Box::new(move |kind, text| {
        match kind {
            LogKind::Command => now += 1,
            LogKind::Reply if !text.starts_with(b"1") => now -= 1,
            _ => {}
        }
        noted.fetch_max(now, Ordering::Relaxed);
    }));
    most
}

/// In two sessions, with the directory of the login at `root`. Returns how many commands were on their way at once, at the most.
pub fn come_to_the_same(root: &Path, log_in: impl Fn() -> Client) -> isize {
    plant(root);
    let mut client = log_in();
    let place = pwd(&mut client).unwrap();
    let expected: Vec<String> = jobs().iter().map(|job| alone(&mut client, job)).collect();
    let left = found(root);
    super::calls::quit(&mut client);

    plant(root);
    let mut client = log_in();
    let most = count_most(&mut client);
    assert_eq!(together(&mut client, jobs()), expected);
    assert_eq!(found(root), left);
    for _ in 0..2 {
        assert_eq!(pwd(&mut client).unwrap(), place);
    }
    super::calls::quit(&mut client);
    most.load(Ordering::Relaxed)
}
