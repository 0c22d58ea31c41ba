//! One file over several sessions, with what each server makes of transfers that are stopped in the middle.

use std::num::NonZeroU64;

use ftpclient::client::{Ended, GetRequest, Pool, PoolWork};

use super::*;

const SIZE: usize = 24 << 20;

/// Bytes a second. Without a limit, the file is there before the other sessions are. On a busy machine, the first limit may be too high.
const RATES: [u64; 3] = [20 << 20, 5 << 20, 1 << 20];

pub(super) fn one_file_by_several(subject: &Subject) {
    let content: Vec<u8> = (0..SIZE).map(|at| (at * 31 + at / 251) as u8).collect();
    subject.put("large", &content);
    let mut client = subject.log_in();
    // aioftp has no SIZE, and twisted no REST.
    let is_for_one = ["aioftp", "twisted"].contains(&subject.name.as_str());
    if is_for_one {
        assert!(is_fetched_by_one(&mut client, subject, &content, RATES[0]), "{}", subject.name);
    } else {
        let is_shared = RATES.iter().any(|&rate| !is_fetched_by_one(&mut client, subject, &content, rate));
        assert!(is_shared, "{}: no other session took a part", subject.name);
    }
    assert_in_step(&mut client, subject);
    quit(client);
}

/// Whether one session fetched the whole: where several do, the joints are fetched twice.
fn is_fetched_by_one(client: &mut Client, subject: &Subject, content: &[u8], rate: u64) -> bool {
    let place = tempfile::tempdir().unwrap();
    let local = place.path().join("large");
    client.set_rate_limit(NonZeroU64::new(rate), None);
    let pool = Pool::new(4);
    let wanted = GetRequest {
        remote: b"large".to_vec(),
        local: local.clone(),
        segmented: true,
        ..GetRequest::default()
    };
    pool.add(PoolWork::Get(wanted)).unwrap();
    let reactor = client.reactor().clone();
    let mut report = None;
    let mut hook = |ended: Ended<'_>| {
        ended.outcome.map(drop).must();
        report = ended.report;
        Ok(())
    };
    reactor.block_on(client.run_pool(&pool, &mut hook)).must();
    assert!(fs::read(&local).unwrap() == content, "{}: it is another file", subject.name);
    let report = report.unwrap();
    eprintln!(
        "{}: {:.1} MiB of {} MiB by 4 sessions, {} attempts, in {:.1} s",
        subject.name,
        report.bytes.unwrap() as f64 / f64::from(1 << 20),
        SIZE >> 20,
        report.attempts,
        report.took().as_secs_f64()
    );
    report.bytes.unwrap() == SIZE as u64
}
