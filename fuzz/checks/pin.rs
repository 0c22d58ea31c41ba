//! Pins survive being written, in both forms, and nothing else is a pin.

use ftpclient::protocol::pin::{hex, parse_pins, pin_text};

pub fn check(data: &[u8]) {
    if let Some(pins) = parse_pins(data) {
        assert!(!pins.is_empty());
        for write in [pin_text as fn(&[u8; 32]) -> String, |pin| hex(pin)] {
            let text = pins.iter().map(write).collect::<Vec<_>>().join(";");
            assert_eq!(parse_pins(text.as_bytes()).as_ref(), Some(&pins));
        }
    }
}
