//! Each flag of whole files and mirrors on each server, driven in both ways: what it does is looked at on the disk.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use ftpclient::client::{GetRequest, MirrorAction, MirrorRequest, PutRequest, Verified};

use super::*;

/// More than what is compared again.
const SIZE: usize = 150_000;
const PART: usize = 100_000;
/// In seconds since 1970.
const OLD: u64 = 1_700_000_000;

/// What a row does, in a directory of its own on either side.
type Row = (&'static str, fn(&mut Bench) -> Result<()>);

const ROWS: &[Row] = &[
    ("get", |bench| bench.get(GetRequest::default())),
    ("get FTP_RESUME", resume_a_download),
    ("get FTP_NO_REPLACE", keep_what_is_here),
    ("get FTP_KEEP_TIME", |bench| {
        bench.get(GetRequest { keep_time: true, ..GetRequest::default() })?;
        bench.same_time();
        Ok(())
    }),
    ("get FTP_VERIFY", |bench| {
        bench.get(GetRequest { verify: true, ..GetRequest::default() })?;
        assert_eq!(bench.verified(), Verified::Hash);
        Ok(())
    }),
    ("get FTP_IN_PLACE", |bench| {
        fs::write(bench.here.join("f"), "old").unwrap();
        let before = fs::metadata(bench.here.join("f")).unwrap().ino();
        bench.get(GetRequest { in_place: true, ..GetRequest::default() })?;
        assert_eq!(fs::metadata(bench.here.join("f")).unwrap().ino(), before);
        Ok(())
    }),
    ("put", |bench| bench.put(PutRequest::default())),
    ("put FTP_RESUME", |bench| {
        bench.subject.put(&bench.name("f"), &content(SIZE)[..PART]);
        bench.put(PutRequest { resume: true, ..PutRequest::default() })?;
        bench.must_have_gone_on(PART as u64)
    }),
    ("put FTP_ATOMIC", |bench| {
        bench.subject.put(&bench.name("f"), b"old");
        let before = fs::metadata(bench.there("f")).unwrap().ino();
        bench.put(PutRequest { atomic: true, ..PutRequest::default() })?;
        assert_ne!(fs::metadata(bench.there("f")).unwrap().ino(), before, "it was written in place");
        Ok(())
    }),
    ("put FTP_NO_REPLACE", keep_what_is_there),
    ("put FTP_KEEP_TIME", |bench| {
        bench.put(PutRequest { keep_time: true, ..PutRequest::default() })?;
        bench.same_time();
        Ok(())
    }),
    ("put FTP_MAKE_DIRS", |bench| {
        bench.file = "a/b c/f";
        fs::create_dir_all(bench.here.join("a/b c")).unwrap();
        bench.put(PutRequest { make_dirs: true, ..PutRequest::default() })
    }),
    ("put FTP_VERIFY", |bench| {
        bench.put(PutRequest { verify: true, ..PutRequest::default() })?;
        assert_eq!(bench.verified(), Verified::Hash);
        Ok(())
    }),
    ("mirror FTP_DRY_RUN", |bench| {
        let wanted = MirrorRequest { dry_run: true, deletes: true, ..MirrorRequest::default() };
        for is_up in [false, true] {
            bench.plant(is_up);
            bench.mirror(&wanted, is_up)?;
            let (source, target) =
                if is_up { (&bench.here, &bench.base) } else { (&bench.base, &bench.here) };
            assert!(
                source.join("d/f").exists() && !target.join("d/f").exists() && target.join("extra").exists()
            );
        }
        Ok(())
    }),
    ("mirror", |bench| bench.mirror_both(&MirrorRequest::default())),
    ("mirror FTP_RESUME", |bench| {
        bench.mirror_both(&MirrorRequest { resume: true, ..MirrorRequest::default() })
    }),
    ("mirror FTP_DELETE_EXTRA", |bench| {
        bench.mirror_both(&MirrorRequest { deletes: true, ..MirrorRequest::default() })
    }),
    ("mirror FTP_ATOMIC", |bench| {
        bench.plant(true);
        bench.mirror(&MirrorRequest { atomic: true, ..MirrorRequest::default() }, true)?;
        bench.must_be_equal(true, true);
        Ok(())
    }),
    ("mirror FTP_VERIFY", |bench| {
        bench.mirror_both(&MirrorRequest { verify: true, ..MirrorRequest::default() })
    }),
];

/// What some servers do not do of it, and a part of what is told then. Nothing wrong has the name in any case.
const EXCEPT: &[(&[&str], &[&str], &str)] = &[
    (
        &[
            "vsftpd",
            "pure-ftpd",
            "pyftpdlib",
            "inetutils-ftpd",
            "ftpd-ssl",
            "globus-gridftp-server",
            "aioftp",
            "twisted",
            "zope.server",
            "copyparty",
            "ftp-srv",
        ],
        &["get FTP_VERIFY", "put FTP_VERIFY", "mirror FTP_VERIFY"],
        "the server offers no hash",
    ),
    (&["aioftp", "twisted"], &["get FTP_RESUME", "put FTP_RESUME"], "it was moved anew"),
    (&["aioftp"], &["get FTP_KEEP_TIME"], "the server knows no command that tells the time"),
    // Most of them look for a file whose name begins with the time.
    (
        &["aioftp", "zope.server", "twisted", "inetutils-ftpd", "ftp-srv", "ftpd-ssl", "libunftp"],
        &["put FTP_KEEP_TIME"],
        "the server knows no command that sets the time",
    ),
];

/// A session, and a directory on either side.
struct Bench<'a> {
    subject: &'a Subject,
    client: Client,
    here: PathBuf,
    /// On this machine's disk, what the server has.
    base: PathBuf,
    directory: String,
    /// The file that is moved.
    file: &'static str,
}

fn resume_a_download(bench: &mut Bench) -> Result<()> {
    let resume = GetRequest { resume: true, ..GetRequest::default() };
    // An earlier call was cut off: its target came to be meanwhile.
    let target = bench.here.join("f");
    let made = target.clone();
    bench.client.audit_mut().hook = Some(Box::new(move |event, _, _| {
        if format!("{event:?}").contains("RETR") {
            fs::write(&made, "of somebody else").unwrap();
        }
        true
    }));
    let outcome = bench.try_get(GetRequest { no_replace: true, ..resume.clone() });
    bench.client.audit_mut().hook = None;
    assert_eq!(outcome.unwrap_err().os_error(), Some(libc::EEXIST));
    fs::remove_file(&target).unwrap();
    if let Ok(part) = fs::File::options().write(true).open(bench.here.join(".f.ftp-part")) {
        part.set_len(PART as u64).unwrap();
    }
    bench.get(resume)?;
    bench.must_have_gone_on(PART as u64 - 65_536)
}

fn keep_what_is_here(bench: &mut Bench) -> Result<()> {
    let wanted = GetRequest { no_replace: true, ..GetRequest::default() };
    fs::write(bench.here.join("f"), "old").unwrap();
    let error = bench.try_get(wanted.clone()).unwrap_err();
    assert_eq!(error.os_error(), Some(libc::EEXIST), "{error}");
    assert_eq!(fs::read(bench.here.join("f")).unwrap(), b"old");
    fs::remove_file(bench.here.join("f")).unwrap();
    bench.get(wanted)
}

fn keep_what_is_there(bench: &mut Bench) -> Result<()> {
    let wanted = PutRequest { no_replace: true, ..PutRequest::default() };
    bench.subject.put(&bench.name("f"), b"old");
    fs::write(bench.here.join("f"), content(SIZE)).unwrap();
    let error = bench.try_put(wanted.clone()).unwrap_err();
    assert_eq!(fs::read(bench.there("f")).unwrap(), b"old");
    fs::remove_file(bench.there("f")).unwrap();
    if !matches!(error, Error::Exists(_)) {
        return Err(error);
    }
    bench.put(wanted)
}

impl Bench<'_> {
    /// The name of a file, as the server knows it.
    fn name(&self, file: &str) -> String {
        format!("{}/{file}", self.directory)
    }

    fn there(&self, file: &str) -> PathBuf {
        self.base.join(file)
    }

    fn verified(&self) -> Verified {
        self.client.last_report().unwrap().verified
    }

    fn must_have_gone_on(&self, offset: u64) -> Result<()> {
        let report = self.client.last_report().unwrap();
        if report.resumed && report.offset == offset {
            return Ok(());
        }
        Err(Error::Unsupported(format!("it was moved anew, from {}", report.offset)))
    }

    fn same_time(&self) {
        let [here, there] = [&self.here, &self.base].map(|side| seconds(&side.join(self.file)));
        assert_eq!(here, there);
    }

    fn try_get(&mut self, wanted: GetRequest) -> Result<()> {
        self.subject.put(&self.name("f"), &content(SIZE));
        set_time(&self.there("f"), OLD);
        let (remote, local) = (self.name("f").into_bytes(), self.here.join("f"));
        let wanted = GetRequest { remote, local, ..wanted };
        self.client.run(async |client| client.get(&wanted).await)
    }

    /// Downloads the file. If that fails, it is not there, or it is what it was.
    fn get(&mut self, wanted: GetRequest) -> Result<()> {
        let before = fs::read(self.here.join("f")).ok();
        let outcome = self.try_get(wanted);
        let now = fs::read(self.here.join("f")).ok();
        match &outcome {
            Ok(()) => assert!(now == Some(content(SIZE))),
            Err(error) => assert!(now == before, "{error}"),
        }
        assert!(outcome.is_err() || names(&self.here) == ["f"], "{:?}", names(&self.here));
        outcome
    }

    fn try_put(&mut self, wanted: PutRequest) -> Result<()> {
        let (remote, local) = (self.name(self.file).into_bytes(), self.here.join(self.file));
        let wanted = PutRequest { remote, local, ..wanted };
        self.client.run(async |client| client.put(&wanted).await)
    }

    /// Uploads the file.
    fn put(&mut self, wanted: PutRequest) -> Result<()> {
        let local = self.here.join(self.file);
        fs::write(&local, content(SIZE)).unwrap();
        set_time(&local, OLD);
        let outcome = self.try_put(wanted);
        if outcome.is_ok() {
            assert!(fs::read(self.there(self.file)).unwrap() == content(SIZE));
        }
        let names = names(&self.base);
        assert!(!names.iter().any(|name| name.contains("ftp-part")), "{outcome:?}: {names:?}");
        outcome
    }

    /// A tree in the source, and something else in the target.
    fn plant(&self, is_up: bool) {
        for side in [&self.here, &self.base] {
            for entry in fs::read_dir(side).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() {
                    fs::remove_dir_all(entry).unwrap()
                } else {
                    fs::remove_file(entry).unwrap()
                }
            }
        }
        for (name, content) in [("f", &content(SIZE)[..]), ("d/f", b"of d"), ("d/e/f", b"")] {
            if is_up { self.write_here(name, content) } else { self.write_there(name, content) }
        }
        for name in ["extra", "d/extra/f"] {
            if is_up { self.write_there(name, b"extra") } else { self.write_here(name, b"extra") }
        }
    }

    fn write_here(&self, name: &str, content: &[u8]) {
        let path = self.here.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        set_time(&path, OLD);
    }

    fn write_there(&self, name: &str, content: &[u8]) {
        let directory = name.rsplit_once('/').map_or("", |(directory, _)| directory);
        for (slash, _) in directory.match_indices('/').chain([(directory.len(), "")]) {
            self.subject.mkdir(&self.name(&directory[..slash]));
        }
        self.subject.put(&self.name(name), content);
        set_time(&self.there(name), OLD);
    }

    fn mirror(&mut self, wanted: &MirrorRequest, is_up: bool) -> Result<()> {
        let (remote, local) = (self.directory.clone().into_bytes(), self.here.clone());
        let wanted = MirrorRequest { remote, local, ..wanted.clone() };
        let action = &mut |_: &MirrorAction<'_>| Ok(());
        self.client.run(async |client| match is_up {
            false => client.mirror_get(&wanted, None, action).await,
            true => client.mirror_put(&wanted, None, action).await,
        })
    }

    fn mirror_both(&mut self, wanted: &MirrorRequest) -> Result<()> {
        for is_up in [false, true] {
            self.plant(is_up);
            self.mirror(wanted, is_up)?;
            self.must_be_equal(is_up, !wanted.deletes);
            // Nothing is left to do.
            self.mirror(wanted, is_up)?;
            assert_eq!(self.client.last_mirror().unwrap().added, 0);
        }
        Ok(())
    }

    fn must_be_equal(&self, is_up: bool, has_extra: bool) {
        let (source, target) = if is_up { (&self.here, &self.base) } else { (&self.base, &self.here) };
        for name in ["f", "d/f", "d/e/f"] {
            assert!(fs::read(source.join(name)).unwrap() == fs::read(target.join(name)).unwrap(), "{name}");
        }
        for name in ["extra", "d/extra/f", "d/extra"] {
            assert_eq!(target.join(name).exists(), has_extra, "{name}");
        }
        let mut expected = vec!["d", "f"];
        expected.extend(has_extra.then_some("extra"));
        expected.sort_unstable();
        assert_eq!(names(target), expected);
    }
}

fn names(place: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(place).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn seconds(path: &Path) -> u64 {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    modified.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn set_time(path: &Path, seconds: u64) {
    let file = fs::File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
}

/// What each row comes to on a server, as a row of a table.
fn row_of(subject: &Subject) -> String {
    let mut row = format!("| {} |", subject.name);
    let mut unexpected = Vec::new();
    for (number, (title, run)) in ROWS.iter().enumerate() {
        let directory = format!("flags{number}");
        let base = subject.root.join(&directory);
        let _ = fs::remove_dir_all(&base);
        subject.mkdir(&directory);
        let here = tempfile::tempdir().unwrap();
        let client = subject.log_in();
        let mut bench = Bench { subject, client, here: here.path().to_owned(), base, directory, file: "f" };
        let outcome = run(&mut bench);
        if bench.client.is_connected() {
            assert_in_step(&mut bench.client, subject);
            quit(bench.client);
        }
        let told = outcome.err().map(|error| error.to_string());
        let exception = EXCEPT
            .iter()
            .find(|(servers, rows, _)| servers.contains(&&*subject.name) && rows.contains(title))
            .map(|(.., seen)| *seen);
        let is_as_expected = match (&told, exception) {
            (Some(told), Some(seen)) => told.contains(seen),
            (told, seen) => told.is_none() && seen.is_none(),
        };
        if !is_as_expected {
            unexpected.push(format!("{}, {title}: {exception:?} was to be seen, not {told:?}", subject.name));
        }
        row.push_str(if told.is_none() { " yes |" } else { " no |" });
        fs::remove_dir_all(subject.root.join(format!("flags{number}"))).unwrap();
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    row
}

/// In both ways it comes to the same.
pub(super) fn each(subject: &Subject) {
    let calm = row_of(subject);
    eprintln!("{calm}");
    assert_eq!(calm, drive::hostile(|| row_of(subject)), "driven in another way");
}
