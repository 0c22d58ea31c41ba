//! No text becomes a line end on the wire, and what came can be sent back. The first byte chooses the encoding.

use ftpclient::protocol::charset::Charset;

const LABELS: [&str; 12] = [
    "utf-8",
    "latin-1",
    "iso-8859-15",
    "windows-1251",
    "koi8-r",
    "shift_jis",
    "euc-jp",
    "iso-2022-jp",
    "gb18030",
    "big5",
    "euc-kr",
    "macintosh",
];

pub fn check(data: &[u8]) {
    let (choice, text) = data.split_first().unwrap_or((&0, &[]));
    let label = LABELS[usize::from(*choice) % LABELS.len()];
    let charset = Charset::for_label(label.as_bytes()).unwrap();

    let control = |bytes: &[u8]| bytes.iter().filter(|byte| matches!(byte, b'\0' | b'\r' | b'\n')).count();
    if let Ok(wire) = charset.encode(text) {
        assert_eq!(control(&wire), control(text), "a command would end elsewhere");
    }

    let decoded = charset.decode(text).into_owned();
    match charset {
        Charset::Utf8 => assert_eq!(decoded, text),
        Charset::Latin1 => assert_eq!(charset.encode(&decoded).as_deref(), Ok(text)),
        Charset::Other(_) => {
            str::from_utf8(&decoded).unwrap();
            // It sends the narrow katakana as the wide ones.
            if label != "iso-2022-jp"
                && let Ok(wire) = charset.encode(&decoded)
            {
                assert_eq!(charset.decode(&wire), decoded, "{label}: a name leads to another");
            }
        }
    }
    // A label is found, or not.
    Charset::for_label(text);
}
