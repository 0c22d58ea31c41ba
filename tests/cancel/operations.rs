//! What can be cancelled, by its name.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::num::NonZeroU64;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use ftpclient::client::{
    Answer, Client, GetRequest, GlobRequest, ListRequest, MirrorAction, MirrorRequest, PutRequest, Retries,
    Visited, WalkRequest,
};
use ftpclient::client::{Batch, BatchJob};
use ftpclient::error::Result;

use super::command;
use super::server::{CONTENT, content};

/// Of a session that is logged in.
pub const OPERATIONS: &[&str] = &[
    "cwd",
    "pwd",
    "size",
    "rename",
    "mkd and rmd",
    "a name with 0xFF",
    "makepasv",
    "prearm",
    "retrbinary and prearm again",
    "retrbinary and prearm together",
    "putcmd and getresp",
    "batch",
    "retrbinary",
    "retrbinary, active",
    "retrlines",
    "nlst",
    "dir",
    "mlsd",
    "walk",
    "glob",
    "list",
    "list inside",
    "list as it comes",
    "stat",
    "get",
    "get and try again",
    "modified",
    "set_modified",
    "chmod",
    "hash",
    "makedirs",
    "remove_tree",
    "mirror down",
    "mirror up",
    "append",
    "store_unique",
    "put",
    "put under another name",
    "get data",
    "put data",
    "to a descriptor",
    "from a descriptor",
    "to a file inside the kernel",
    "from a file inside the kernel",
    "slowly down",
    "slowly up",
    "storbinary",
    "storbinary, active",
    "storlines",
    "read by hand",
    "write by hand",
    "open and abort",
    "abort",
    "quit",
];

/// A file of [`CONTENT`] bytes is there, whose name is `file`; `up` is written. What the server refuses is an outcome as others.
pub async fn operate(client: &mut Client, operation: &str, called: &mut (dyn FnMut() + Send)) -> Result<()> {
    client.set_passive(!operation.contains("active"));
    let mut left = CONTENT;
    let mut source = |buffer: &mut [u8]| {
        let count = left.min(buffer.len());
        buffer[..count].fill(b'x');
        // Lines are not too long for the library.
        buffer[..count].iter_mut().step_by(80).for_each(|byte| *byte = b'\n');
        left -= count;
        Ok(count)
    };
    let mut sink = |_: &[u8]| {
        called();
        Ok(())
    };
    let retr = command("RETR file");
    let stor = command("STOR up");
    match operation.trim_end_matches(", active") {
        "cwd" => client.cwd(b"/").await,
        "pwd" => client.pwd().await.map(drop),
        "size" => client.size(b"file").await.map(drop),
        "rename" => {
            client.rename(b"file", b"other").await?;
            client.rename(b"other", b"file").await
        }
        "mkd and rmd" => {
            client.mkd(b"directory").await?;
            client.rmd(b"directory").await
        }
        // The server is asked first what it makes of that byte.
        "a name with 0xFF" => client.delete(b"\xff").await,
        "makepasv" => client.makepasv().await.map(drop),
        "prearm" => client.prearm().await,
        "retrbinary and prearm again" => {
            client.set_prearm(true);
            let outcome = client.retrbinary(&retr, 8192, None, &mut sink).await;
            client.set_prearm(false);
            outcome.map(drop)
        }
        "retrbinary and prearm together" => {
            client.set_prearm_together();
            let first = client.retrbinary(&retr, 8192, None, &mut sink).await;
            let second = client.retrbinary(&retr, 8192, None, &mut sink).await;
            client.set_prearm(false);
            first.and(second).map(drop)
        }
        "batch" => {
            let batch = Batch::default();
            for _ in 0..6 {
                batch.add(BatchJob::Size(b"file".to_vec()))?;
                batch.add(BatchJob::MakeDirectory(b"made".to_vec()))?;
                batch.add(BatchJob::Rename { from: b"made".to_vec(), to: b"other".to_vec() })?;
                batch.add(BatchJob::RemoveDirectory(b"other".to_vec()))?;
            }
            client.run_batch(&batch, &mut |_| Ok(())).await
        }
        "putcmd and getresp" => {
            client.putcmd(&command("NOOP x")).await?;
            client.getresp().await.map(drop)
        }
        "retrbinary" => client.retrbinary(&retr, 8192, None, &mut sink).await.map(drop),
        "retrlines" => client.retrlines(&retr, &mut sink).await.map(drop),
        "nlst" => client.nlst(None, &mut sink).await.map(drop),
        "dir" => client.dir(None, &mut sink).await.map(drop),
        "mlsd" => client.mlsd(None, b"", &mut |_| Ok(())).await.map(drop),
        "walk" => {
            let wanted = WalkRequest { children_first: true, ..WalkRequest::default() };
            let mut visit = |_: &Visited<'_>| {
                called();
                Answer::GoOn
            };
            client.walk(&wanted, &mut visit).await
        }
        // One name is listed, and one is looked for.
        "glob" => {
            let wanted = GlobRequest { pattern: b"{*,d/file}".to_vec(), ..GlobRequest::default() };
            client.glob(&wanted).await.map(drop)
        }
        "list" => client.list(&ListRequest::default()).await.map(drop),
        // LIST would take this path for a pattern: the session goes there and comes back.
        "list inside" => {
            let path = Some(b"[elsewhere]".to_vec());
            client.list(&ListRequest { path, ..ListRequest::default() }).await.map(drop)
        }
        "list as it comes" => {
            let list = client.list(&ListRequest { streamed: true, ..ListRequest::default() }).await?;
            if let Some(id) = list.rest {
                while client.more_of_list(id).await?.is_some() {}
            }
            Ok(())
        }
        // The server has no MLST: the session goes there and comes back.
        "stat" => client.stat(Some(b"elsewhere")).await.map(drop),
        "get" | "get and try again" => {
            let place = tempfile::tempdir().unwrap();
            let count = u32::from(operation != "get");
            client.set_retries(Retries { count, first_wait: Duration::from_millis(1) });
            let (remote, local) = (b"file".to_vec(), place.path().join("file"));
            client.get(&GetRequest { remote, local, resume: count > 0, ..GetRequest::default() }).await
        }
        // What FEAT names is nothing: each of these asks that first.
        "modified" => client.modified(b"file").await.map(drop),
        "set_modified" => client.set_modified(b"file", 1_768_480_200_000_000_000).await,
        "chmod" => client.chmod(b"file", 0o644).await,
        "hash" => client.hash(b"file", None).await.map(drop),
        "makedirs" => client.makedirs(b"made/here").await,
        "remove_tree" => client.remove_tree(b"tree").await,
        "mirror down" | "mirror up" => {
            let place = tempfile::tempdir().unwrap();
            let (remote, local) = (b"tree".to_vec(), place.path().to_owned());
            std::fs::create_dir(local.join("new")).unwrap();
            std::fs::write(local.join("new/file"), "x").unwrap();
            let wanted = MirrorRequest { remote, local, deletes: true, ..MirrorRequest::default() };
            let mut action = |_: &MirrorAction<'_>| {
                called();
                Ok(())
            };
            match operation {
                "mirror down" => client.mirror_get(&wanted, None, &mut action).await,
                _ => client.mirror_put(&wanted, None, &mut action).await,
            }
        }
        "append" => client.append(b"up", &mut source).await,
        "store_unique" => client.store_unique(&mut source).await.map(drop),
        "put" | "put under another name" => {
            let place = tempfile::tempdir().unwrap();
            let (remote, local) = (b"up".to_vec(), place.path().join("file"));
            std::fs::write(&local, [b'x'; CONTENT]).unwrap();
            let (atomic, resume) = (operation != "put", operation == "put");
            client.put(&PutRequest { remote, local, atomic, resume, ..PutRequest::default() }).await
        }
        "get data" => client.get_data(b"file", CONTENT, &mut Vec::new()).await.map(drop),
        "put data" => client.put_data(b"up", &[b'x'; CONTENT]).await.map(drop),
        "to a descriptor" => {
            let nowhere = File::options().write(true).open("/dev/null").unwrap();
            client.retrfd(&retr, nowhere.as_fd(), None).await.map(drop)
        }
        "to a file inside the kernel" => {
            let mut file = tempfile::tempfile().unwrap();
            let outcome = client.retrfd(&retr, file.as_fd(), None).await;
            let mut got = Vec::new();
            file.seek(SeekFrom::Start(0)).unwrap();
            file.read_to_end(&mut got).unwrap();
            assert!(outcome.is_err() || got == content());
            outcome.map(drop)
        }
        "from a file inside the kernel" => {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&[b'x'; CONTENT]).unwrap();
            file.seek(SeekFrom::Start(0)).unwrap();
            client.storfd(&stor, file.as_fd(), None).await.map(drop)
        }
        "from a descriptor" => {
            let (reader, mut writer) = UnixStream::pair().unwrap();
            reader.set_nonblocking(true).unwrap();
            writer.write_all(&[b'x'; 5000]).unwrap();
            drop(writer);
            client.storfd(&stor, reader.as_fd(), None).await.map(drop)
        }
        "slowly down" | "slowly up" => {
            // A few pauses in all.
            client.set_rate_limit(NonZeroU64::new(5 * CONTENT as u64), NonZeroU64::new(5 * CONTENT as u64));
            let outcome = match operation {
                "slowly down" => client.retrbinary(&retr, 8192, None, &mut sink).await,
                _ => client.storbinary(&stor, 8192, None, &mut source, &mut sink).await,
            };
            client.set_rate_limit(None, None);
            outcome.map(drop)
        }
        "storbinary" => client.storbinary(&stor, 8192, None, &mut source, &mut sink).await.map(drop),
        "storlines" => client.storlines(&stor, &mut source, &mut sink).await.map(drop),
        "read by hand" => {
            let id = client.transfercmd(&retr, None).await?;
            while client.transfer_read(id, &mut [0; 8192]).await? > 0 {}
            client.transfer_finish(id).await.map(drop)
        }
        "write by hand" => {
            let id = client.transfercmd(&stor, None).await?;
            client.transfer_write(id, &[b'x'; CONTENT]).await?;
            client.transfer_finish(id).await.map(drop)
        }
        "open and abort" => {
            let id = client.transfercmd(&retr, None).await?;
            client.transfer_read(id, &mut [0; 100]).await?;
            client.abort().await.map(drop)
        }
        "abort" => client.abort().await.map(drop),
        "quit" => client.quit().await.map(drop),
        other => panic!("there is no {other}"),
    }
}
