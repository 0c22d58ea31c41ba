//! An entry that is written as the RFC has it is read as the same, and none of its bytes come from elsewhere.

use ftpclient::protocol::facts::parse_entry;

pub fn check(data: &[u8]) {
    let entry = parse_entry(data);
    assert!(data.ends_with(entry.name), "the name is the end of the line");
    let mut facts = Vec::new();
    for (key, value) in &entry.facts {
        assert!(!key.contains(&b';') && !key.contains(&b'=') && !value.contains(&b';'));
        assert_eq!(*key, key.to_ascii_lowercase());
        assert!(value.is_empty() || data.windows(value.len()).any(|part| part == *value));
        facts.extend([key.as_slice(), b"=", value, b";"].concat());
    }
    let written = [facts.as_slice(), b" ", entry.name].concat();
    assert_eq!(parse_entry(&written), entry);
}
