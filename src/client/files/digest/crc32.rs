//! CRC-32 as zlib, Ethernet and XCRC have it: a table, which a crate would be twenty times as large for.

const TABLE: [u32; 256] = table();

/// See the module.
#[derive(Default)]
pub(super) struct Crc32(u32);

impl Crc32 {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        let folded = bytes.iter().fold(!self.0, |crc, byte| {
            let [low, ..] = crc.to_le_bytes();
            TABLE.get(usize::from(low ^ byte)).copied().unwrap_or_default() ^ (crc >> 8)
        });
        self.0 = !folded;
    }

    pub(super) fn finish(&self) -> u32 {
        self.0
    }
}

#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation)]
const fn table() -> [u32; 256] {
    const POLYNOMIAL: u32 = 0xEDB8_8320;
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let (mut entry, mut bit) = (index as u32, 0);
        while bit < 8 {
            entry = if entry & 1 == 1 { (entry >> 1) ^ POLYNOMIAL } else { entry >> 1 };
            bit += 1;
        }
        table[index] = entry;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_crc_of_the_check_value_in_whatever_pieces() {
        for cut in 0..=9 {
            let (first, second) = b"123456789".split_at(cut);
            let mut crc = Crc32::default();
            crc.update(first);
            crc.update(second);
            assert_eq!(crc.finish(), 0xCBF4_3926);
        }
        assert_eq!(Crc32::default().finish(), 0);
    }
}
